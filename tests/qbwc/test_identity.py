"""Which company is open decides whether anything is sent; what QuickBooks can do decides what is."""

from __future__ import annotations

import pytest
from lxml import etree

from qbwc import facts, identity, outbox
from qbwc.models import Company
from tests.qbwc.conversation import hcp_of, ok, requests_in, rs, wrap


def query(company):
    return outbox.enqueue(company, "CustomerQuery", {"MaxReturned": 1})


def stopped(company, connector) -> str:
    """Whether the session ends before anything is sent, and why."""
    connector.authenticate()
    assert connector.send() == ""
    reason = connector.error()
    assert reason not in {"", "NoOp"}
    connector.close()
    company.refresh_from_db()
    return reason


def test_the_first_session_pairs_with_what_carries_our_file_id(company, connector):
    query(company)
    connector.update(ok)
    company.refresh_from_db()
    assert company.company_name == "Acme Widgets"
    assert company.company_file == connector.path
    assert company.facts["product"] == "QuickBooks Pro 2014"
    assert company.facts["edition"] == "Pro"
    assert company.facts["preferences"]["multi_currency"] is False
    assert company.facts["preferences"]["sales_tax"] is False
    assert company.qbxml_version == "13.0"


@pytest.mark.parametrize("first", [True, False], ids=["unpaired", "paired before"])
def test_another_company_gets_nothing_and_is_told_why(company, connector, first):
    if not first:
        query(company)
        connector.update(ok)
    query(company)
    connector.hcp = hcp_of("{00000000-0000-0000-0000-000000000001}", "Somebody Else")
    reason = stopped(company, connector)
    assert "Somebody Else" in reason
    assert "Somebody Else" in company.problem
    assert company.company_name == ("" if first else "Acme Widgets")


def test_a_company_without_our_file_id_is_not_ours(company, connector):
    query(company)
    connector.hcp = hcp_of("")
    connector.authenticate()
    asked = connector.send()
    assert [name for name, _ in requests_in(asked)] == ["HostQuery", "CompanyQuery", "PreferencesQuery"]
    assert connector.receive(hcp_of("")) == -1
    assert "not the one" in connector.error()


def test_an_empty_first_call_is_asked_for_with_our_owner_id(company, connector):
    query(company)
    connector.hcp = ""
    connector.authenticate()
    asked = connector.send()
    owner = etree.fromstring(asked.encode()).findtext(".//CompanyQueryRq/OwnerID")
    assert owner == identity.owner_guid()
    assert 0 < connector.receive(hcp_of(company.file_guid)) < 100
    assert requests_in(connector.send())[0][0] == "CustomerQuery"


@pytest.mark.parametrize("answer", ["", "<x/>", wrap(""), wrap(rs("CompanyQuery", "1", "", 1000, "no"))])
def test_an_answer_that_does_not_name_the_company_ends_the_session(company, connector, answer):
    query(company)
    connector.hcp = ""
    connector.authenticate()
    connector.send()
    assert connector.receive(answer) == -1
    assert connector.error()
    assert connector.send() == ""


def test_the_case_and_braces_of_the_file_id_do_not_matter(company, connector):
    connector.hcp = hcp_of(str(company.file_id).lower())
    query(company)
    assert len(connector.update(ok)) == 1


def test_a_renamed_company_waits_for_a_person(company, connector):
    query(company)
    connector.update(ok)
    query(company)
    connector.hcp = hcp_of(company.file_guid, "Acme Holdings")
    reason = stopped(company, connector)
    assert "Acme Holdings" in reason
    assert company.found_name == "Acme Holdings"
    identity.accept_name(company)
    assert len(connector.update(ok)) == 1
    company.refresh_from_db()
    assert (company.company_name, company.problem) == ("Acme Holdings", "")


def test_a_moved_file_is_found_again_because_the_path_is_only_data(company, connector):
    query(company)
    connector.update(ok)
    connector.path = r"D:\Moved\Acme.QBW"
    query(company)
    assert len(connector.update(ok)) == 1
    company.refresh_from_db()
    assert company.company_file == connector.path


def test_two_companies_with_the_same_path_are_kept_apart(make_company):
    from tests.qbwc.conversation import WebConnector

    for key in ("one", "two"):
        company = make_company(key)
        outbox.enqueue(company, "CustomerAdd", {"CustomerAdd": {"Name": f"of {key}"}})
    for key in ("one", "two"):
        company = Company.objects.get(key=key)
        from qbwc import passwords

        connector = WebConnector(f"{key}-qbwc", passwords.set_password(company), hcp=hcp_of(company.file_guid, key))
        documents = connector.update(ok)
        assert f"of {key}" in documents[0]


def test_another_file_in_the_middle_of_a_session_ends_it(company, connector):
    query(company)
    query(company)
    connector.authenticate()
    connector.send()
    connector.path = r"C:\Books\Other.QBW"
    assert connector.send() == ""
    assert "Another company file" in connector.error()


# What this QuickBooks can do -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("product", "edition"),
    [
        ("QuickBooks Pro 2014", "Pro"),
        ("QuickBooks Premier: Contractor Edition 2012", "Premier"),
        ("QuickBooks Enterprise Solutions 14.0", "Enterprise"),
        ("QuickBooks Desktop Enterprise 24.0", "Enterprise"),
        ("QuickBooks Simple Start", "Simple Start"),
        ("Something new", ""),
    ],
)
def test_the_edition_is_read_from_the_products_name(product, edition):
    assert facts.edition_of(product) == edition


@pytest.mark.parametrize(
    ("spoken", "used"),
    [
        (("1.0", "12.0", "13.0", "16.0"), "13.0"),
        (("1.0", "5.0", "8.0"), "8.0"),
        (("2.0", "10.0", "9.0"), "10.0"),
        ((), "13.0"),
    ],
)
def test_the_version_spoken_is_the_highest_of_both(spoken, used):
    assert Company(facts={"versions": list(spoken)}).qbxml_version == used


@pytest.mark.parametrize("version", ["14.0", "15.0", "16.0", "17.0"])
def test_a_later_version_is_spoken_where_it_is_set_and_known(company, connector, settings, version):
    """Nobody published what they add: it is read as it comes."""
    settings.QBWC_QBXML_VERSION = version
    connector.hcp = hcp_of(company.file_guid, versions=("13.0", "14.0", "15.0", "16.0", "17.0"))
    row = query(company)
    added = "<CustomerRet>\n<ListID>1-1</ListID>\n<Newest>\n<Inside>x</Inside>\n</Newest>\n</CustomerRet>\n"
    documents = connector.update(
        lambda document: wrap("".join(rs(name, given["requestID"], added) for name, given in requests_in(document)))
    )
    assert f'<?qbxml version="{version}"?>' in documents[0]
    row.refresh_from_db()
    assert outbox.read_answer(row).records[0].data == {"ListID": "1-1", "Newest": {"Inside": "x"}}


def test_pro_is_sent_no_sales_order(company, connector):
    data = {"SalesOrderAdd": {"CustomerRef": {"ListID": "1-1"}, "SalesOrderLineAdd": [{"ItemRef": {"ListID": "2-2"}}]}}
    order = outbox.enqueue(company, "SalesOrderAdd", data)
    after = query(company)
    documents = connector.update(ok)
    assert [name for name, _ in requests_in(documents[0])] == ["CustomerQuery"]
    order.refresh_from_db()
    after.refresh_from_db()
    assert (order.state, after.state) == ("refused", "answered")
    assert "no sales orders" in order.status_message
    assert order.announced


def test_without_several_currencies_none_is_sent(company, connector):
    data = {"CustomerAdd": {"Name": "Acme", "CurrencyRef": {"FullName": "Euro"}}}
    row = outbox.enqueue(company, "CustomerAdd", data)
    connector.update(ok)
    row.refresh_from_db()
    assert row.state == "refused"


def test_what_an_older_quickbooks_cannot_read_is_refused_with_the_element(company, connector):
    connector.hcp = hcp_of(company.file_guid, versions=("6.0", "7.0"))
    data = {"CustomerAdd": {"Name": "Acme", "ExternalGUID": "{0F0E6B1C-7C1B-4B0E-9C58-0B7B5F0C2D11}"}}
    row = outbox.enqueue(company, "CustomerAdd", data)
    plain = outbox.enqueue(company, "CustomerAdd", {"CustomerAdd": {"Name": "Plain"}})
    documents = connector.update(ok)
    assert '<?qbxml version="7.0"?>' in documents[0]
    row.refresh_from_db()
    plain.refresh_from_db()
    assert (row.state, plain.state) == ("refused", "answered")
    assert "ExternalGUID" in row.status_message
