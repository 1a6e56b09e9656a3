"""A company with a password, and a Web Connector that knows both."""

from __future__ import annotations

import logging

import pytest

from qbwc import passwords
from qbwc.models import Company
from tests.qbwc.conversation import WebConnector, hcp_of


@pytest.fixture(autouse=True)
def quiet_spyne():
    logging.getLogger("spyne").setLevel(logging.CRITICAL)


@pytest.fixture
def make_company(db):
    def make(key: str = "acme", **fields) -> Company:
        company = Company.objects.create(key=key, name=key.title(), username=f"{key}-qbwc", **fields)
        company.password = passwords.set_password(company)
        return company

    return make


@pytest.fixture
def company(make_company) -> Company:
    return make_company()


@pytest.fixture
def connector(company) -> WebConnector:
    return WebConnector(company.username, company.password, hcp=hcp_of(company.file_guid))
