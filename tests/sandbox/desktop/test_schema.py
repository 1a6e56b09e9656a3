"""The rules here and Intuit's schema agree on what is a request. (Every other test checks its answers likewise.)"""

from __future__ import annotations

import random

import pytest
from lxml import etree

from project.sandbox.desktop import Refused, rules

from .support import company, document, needs_schema, query, schema

CUSTOMER = """<CustomerAddRq requestID="1"><CustomerAdd><Name>N</Name><IsActive>true</IsActive><ParentRef>
<FullName>P</FullName></ParentRef><CompanyName>C</CompanyName><Salutation>Mr</Salutation><FirstName>F</FirstName>
<MiddleName>M</MiddleName><LastName>L</LastName><JobTitle>J</JobTitle><BillAddress><Addr1>a</Addr1><Addr2>b</Addr2>
<City>c</City><State>s</State><PostalCode>1</PostalCode><Country>US</Country><Note>n</Note></BillAddress><ShipAddress>
<Addr1>a</Addr1></ShipAddress><ShipToAddress><Name>x</Name><Addr1>a</Addr1><DefaultShipTo>true</DefaultShipTo>
</ShipToAddress><Phone>1</Phone><AltPhone>2</AltPhone><Fax>3</Fax><Email>e</Email><Cc>c</Cc><Contact>c</Contact>
<AltContact>a</AltContact><AdditionalContactRef><ContactName>n</ContactName><ContactValue>v</ContactValue>
</AdditionalContactRef><Contacts><FirstName>f</FirstName></Contacts><CustomerTypeRef><FullName>t</FullName>
</CustomerTypeRef><TermsRef><ListID>80000001-1</ListID></TermsRef><SalesRepRef><FullName>r</FullName></SalesRepRef>
<OpenBalance>1.00</OpenBalance><OpenBalanceDate>2026-02-03</OpenBalanceDate><SalesTaxCodeRef><FullName>Tax</FullName>
</SalesTaxCodeRef><ItemSalesTaxRef><FullName>i</FullName></ItemSalesTaxRef><ResaleNumber>r</ResaleNumber>
<AccountNumber>a</AccountNumber><CreditLimit>5.00</CreditLimit><PreferredPaymentMethodRef><FullName>p</FullName>
</PreferredPaymentMethodRef><JobStatus>Awarded</JobStatus><JobStartDate>2026-02-03</JobStartDate><JobDesc>d</JobDesc>
<JobTypeRef><FullName>j</FullName></JobTypeRef><Notes>n</Notes><AdditionalNotes><Note>n</Note></AdditionalNotes>
<PreferredDeliveryMethod>Email</PreferredDeliveryMethod><PriceLevelRef><FullName>p</FullName></PriceLevelRef>
<ExternalGUID>{0F0E6B1C-7C1B-4B0E-9C58-0B7B5F0C2D11}</ExternalGUID></CustomerAdd>
<IncludeRetElement>ListID</IncludeRetElement></CustomerAddRq>"""
MOD = """<CustomerModRq><CustomerMod><ListID>80000001-1</ListID><EditSequence>1</EditSequence><Name>N</Name>
<BillAddress><Addr1>a</Addr1></BillAddress><Phone>1</Phone><AdditionalNotesMod><NoteID>1</NoteID><Note>n</Note>
</AdditionalNotesMod></CustomerMod></CustomerModRq>"""
REQUESTS = [
    CUSTOMER,
    MOD,
    query(
        "<MaxReturned>5</MaxReturned><ActiveStatus>All</ActiveStatus><FromModifiedDate>2026-02-03</FromModifiedDate>"
        "<ToModifiedDate>2026-02-04T10:00:00</ToModifiedDate><NameFilter><MatchCriterion>Contains</MatchCriterion>"
        "<Name>x</Name></NameFilter><TotalBalanceFilter><Operator>Equal</Operator><Amount>1.00</Amount>"
        "</TotalBalanceFilter><CurrencyFilter><FullName>Euro</FullName></CurrencyFilter><ClassFilter><FullName>E"
        "</FullName></ClassFilter><IncludeRetElement>ListID</IncludeRetElement><OwnerID>0</OwnerID>",
        'iterator="Start" metaData="MetaDataOnly"',
    ),
    query("<ListID>80000001-1</ListID><ListID>80000002-1</ListID>"),
    query("<FullName>a</FullName><IncludeRetElement>ListID</IncludeRetElement>"),
    "<ListDelRq><ListDelType>Customer</ListDelType><ListID>80000001-1</ListID></ListDelRq>",
    "<ListDeletedQueryRq><ListDelType>Customer</ListDelType><ListDelType>Vendor</ListDelType><DeletedDateRangeFilter>"
    "<FromDeletedDate>2026-01-01</FromDeletedDate></DeletedDateRangeFilter></ListDeletedQueryRq>",
    "<TermsQueryRq metaData='NoMetaData'><ActiveStatus>All</ActiveStatus></TermsQueryRq>",
    "<DataExtModRq><DataExtMod><OwnerID>0</OwnerID><DataExtName>R</DataExtName><ListDataExtType>Customer"
    "</ListDataExtType><ListObjRef><FullName>a</FullName></ListObjRef><DataExtValue>v</DataExtValue></DataExtMod>"
    "</DataExtModRq>",
    "<DataExtDefAddRq><DataExtDefAdd><OwnerID>0</OwnerID><DataExtName>R</DataExtName><DataExtType>STR255TYPE"
    "</DataExtType><AssignToObject>Customer</AssignToObject></DataExtDefAdd></DataExtDefAddRq>",
    "<HostQueryRq/><CompanyQueryRq><OwnerID>0</OwnerID></CompanyQueryRq><PreferencesQueryRq/>",
    "<StandardTermsAddRq><StandardTermsAdd><Name>n</Name><StdDueDays>5</StdDueDays></StandardTermsAdd></StandardTermsAddRq>",
]
VALUE_CODES = {3010, 3020, 3030, 3031, 3040, 3041, 3045, 3050, 3060, 3065, 3070, 3085, 3110}
MUTATIONS = 60


def accepted_here(text: str) -> bool:
    """Neither thrown back nor refused for a value."""
    try:
        answer = etree.fromstring(company().process(text).encode())
    except Refused:
        return False
    return all(int(rs.get("statusCode")) not in VALUE_CODES for rs in answer[0])


def accepted_there(text: str) -> bool:
    judge = schema()
    assert judge is not None
    return bool(judge.validate(etree.fromstring(text.encode())))


def squeezed(body: str) -> str:
    return "".join(line.rstrip("\n") for line in body.splitlines())


def mutated(body: str, chance: random.Random) -> str:
    """One thing in the requests is moved, doubled, removed, misspelt or filled with nonsense."""
    root = etree.fromstring(document(squeezed(body)).encode())
    nodes = [node for node in root.iter() if isinstance(node.tag, str) and node.getparent() is not None]
    node = chance.choice(nodes[1:])
    parent = node.getparent()
    act = chance.choice(["move", "double", "remove", "rename", "text", "attribute", "long", "bury"])
    if act == "move":
        parent.insert(chance.randint(0, len(parent)), node)
    elif act == "double":
        parent.insert(parent.index(node), etree.fromstring(etree.tostring(node)))
    elif act == "remove":
        parent.remove(node)
    elif act == "rename":
        node.tag += "X"
    elif act == "text":
        node.text = "non sense!"
    elif act == "attribute":
        node.set("colour", "red")
    elif act == "long":
        node.text = "x" * 5000
    else:
        etree.SubElement(node, "Inner").text = "1"
    inner = "".join(etree.tostring(child, encoding="unicode") for child in root[0])
    return document(inner)


@needs_schema
@pytest.mark.parametrize("body", REQUESTS, ids=range(len(REQUESTS)))
def test_both_accept_the_requests_as_they_are(body):
    text = document(squeezed(body))
    assert accepted_there(text)
    assert accepted_here(text)


@needs_schema
@pytest.mark.parametrize("seed", range(MUTATIONS))
@pytest.mark.parametrize("body", REQUESTS, ids=range(len(REQUESTS)))
def test_both_agree_on_mutated_requests(body, seed):
    text = mutated(body, random.Random(seed))
    assert accepted_here(text) == accepted_there(text) or is_long_id(text), f"seed {seed}\n{text}"


def is_long_id(text: str) -> bool:
    """Ids are judged by 3000 here, which also covers unknown ones and so is no verdict on the request's form."""
    return "<ListID>xxx" in text


@needs_schema
def test_every_element_of_every_rule_is_known_to_the_schema_in_that_order():
    """Builds each Ret with all its elements (for the countries that have them) and lets the schema judge."""
    judge = schema()
    for name, content in rules.RETS.items():
        inner = "".join(sample(element) for element in content.elements if not element.country)
        wrapper = {"StandardTerms": "TermsQuery", "DateDrivenTerms": "TermsQuery"}.get(name, f"{name}Query")
        if name == "DataExt":
            wrapper = "DataExtMod"
        text = (
            f'<QBXML><QBXMLMsgsRs><{wrapper}Rs statusCode="0" statusSeverity="Info"><{name}Ret>{inner}</{name}Ret>'
            f"</{wrapper}Rs></QBXMLMsgsRs></QBXML>"
        )
        assert judge.validate(etree.fromstring(text)), f"{name}: {judge.error_log}"


SAMPLES = {
    "bool": "true",
    "date": "2026-02-03",
    "moment": "2026-02-03T10:00:00-08:00",
    "amount": "1.00",
    "percent": "1.5",
    "int": "1",
    "guid": "0",
    "id": "80000001-1",
}
ENUMS = {
    "DataExtType": "STR255TYPE",
    "ListDelType": "Customer",
    "TxnDelType": "Invoice",
    "QBFileMode": "SingleUser",
    "TaxForm": "Form1120",
    "ServiceStatus": "Never",
    "CalculateChargesFrom": "DueDate",
    "AgingReportBasis": "AgeFromDueDate",
    "SummaryReportBasis": "Accrual",
    "PaySalesTax": "Quarterly",
    "PriceLevelType": "FixedPercentage",
    "FirstDayOfWeek": "Monday",
    "IsTrackingSerialOrLotNumber": "None",
    "AssignClassesTo": "None",
    "AssignToObject": "Customer",
}


def sample(element):
    if element.inner is not None:
        value = "".join(sample(inner) for inner in element.inner.elements if not inner.country)
    elif element.options:
        value = element.options[0]
    else:
        value = ENUMS.get(element.name) or SAMPLES.get(element.kind, "x")
    return f"<{element.name}>{value}</{element.name}>"
