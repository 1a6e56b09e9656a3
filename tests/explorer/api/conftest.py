"""Companies, tokens, and programs that have them."""

from __future__ import annotations

import pytest

from qbwc.models import Company
from syncapp.explorer import tokens
from tests.explorer.api.client import Program
from tests.world.conftest import _one_connection

__all__ = ["_one_connection"]


@pytest.fixture
def acme(db):
    return Company.objects.create(key="acme", name="Acme Ltd", username="acme-qbwc")


@pytest.fixture
def beta(db):
    return Company.objects.create(key="beta", name="Beta Ltd", username="beta-qbwc")


@pytest.fixture
def program(db):
    """Makes programs: program("read", "write", companies=[acme])."""
    made = []

    def make(*scopes, **options):
        made.append(tokens.make(f"program {len(made)}", scopes or ["read", "write", "destroy", "run"], **options))
        return Program(made[-1][1])

    return make
