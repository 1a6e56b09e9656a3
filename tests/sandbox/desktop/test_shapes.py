"""Answers have exactly the elements of real captures, in their order."""

from __future__ import annotations

from project.sandbox.desktop import Quirks, Settings

from .support import FILE, OWNER, ask, company, customer_add, customer_mod, one, query, rets

FULL = (
    "<Name>Bayside Robotics</Name><CompanyName>Bayside Robotics &amp; Sons</CompanyName><FirstName>Ren&#233;e"
    "</FirstName><LastName>Lund</LastName><BillAddress><Addr1>Bayside Robotics</Addr1><Addr2>77 Pier Ave</Addr2>"
    "<City>San Mateo</City><State>CA</State><PostalCode>94402</PostalCode></BillAddress><Phone>650-555-0142</Phone>"
    "<Email>ap@bayside.example</Email><TermsRef><FullName>Net 30</FullName></TermsRef>"
    "<AccountNumber>C-10442</AccountNumber>"
)
# What real QuickBooks answers to that, element by element.
FULL_KEYS = [
    "ListID",
    "TimeCreated",
    "TimeModified",
    "EditSequence",
    "Name",
    "FullName",
    "IsActive",
    "Sublevel",
    "CompanyName",
    "FirstName",
    "LastName",
    "BillAddress",
    "BillAddressBlock",
    "Phone",
    "Email",
    "AdditionalContactRef",
    "TermsRef",
    "Balance",
    "TotalBalance",
    "SalesTaxCodeRef",
    "ItemSalesTaxRef",
    "AccountNumber",
    "JobStatus",
    "PreferredDeliveryMethod",
]
MINIMAL_KEYS = [
    "ListID",
    "TimeCreated",
    "TimeModified",
    "EditSequence",
    "Name",
    "FullName",
    "IsActive",
    "Sublevel",
    "CompanyName",
    "Balance",
    "TotalBalance",
]
JOB_KEYS = [
    "ListID",
    "TimeCreated",
    "TimeModified",
    "EditSequence",
    "Name",
    "FullName",
    "IsActive",
    "ParentRef",
    "Sublevel",
    "Balance",
    "TotalBalance",
    "JobStatus",
    "JobDesc",
    "JobTypeRef",
]


def test_a_new_customer_looks_as_in_a_capture():
    rs = one(company(), customer_add(FULL))
    record = rets(rs)[0]
    assert list(record) == FULL_KEYS
    assert record["FirstName"] == "Renée"
    assert record["BillAddressBlock"] == {
        "Addr1": "Bayside Robotics",
        "Addr2": "77 Pier Ave",
        "Addr3": "San Mateo, CA 94402",
    }
    assert [record["Balance"], record["TotalBalance"], record["Sublevel"]] == ["0.00", "0.00", "0"]
    assert set(record["TermsRef"]) == {"ListID", "FullName"}


def test_a_minimal_customer_without_sales_tax_looks_as_in_a_capture():
    file = company(settings=Settings(sales_tax=False), quirks=Quirks(shows_none=False))
    rs = one(file, customer_add("<Name>BATCH-1</Name><CompanyName>Valid first</CompanyName>"))
    assert list(rets(rs)[0]) == MINIMAL_KEYS


def test_a_job_looks_as_in_a_capture():
    file = company(settings=Settings(sales_tax=False), quirks=Quirks(shows_none=False))
    file.add("JobType", Name="Remodel")
    file.add_customer(Name="Abercrombie, Kristy")
    rs = one(
        file,
        customer_add(
            "<Name>Family Room</Name><ParentRef><FullName>Abercrombie, Kristy</FullName></ParentRef>"
            "<JobStatus>InProgress</JobStatus><JobDesc>Remodel family room</JobDesc>"
            "<JobTypeRef><FullName>Remodel</FullName></JobTypeRef>"
        ),
    )
    assert list(rets(rs)[0]) == JOB_KEYS


def test_the_batch_of_the_capture_ends_with_its_statuses_and_sentences():
    file = company()
    bodies = [
        customer_add("<Name>BATCH-1</Name>", "m-1"),
        customer_add("<Name>BATCH-1</Name>", "m-2"),
        customer_add("<Name>M3</Name><CurrencyRef><FullName>Euro</FullName></CurrencyRef>", "m-3"),
        customer_add("<Name>M4</Name><ParentRef><FullName>NO-SUCH-PARENT</FullName></ParentRef>", "m-4"),
        customer_add("<Name>M5</Name>", "m-5"),
    ]
    answers = ask(file, "".join(bodies))
    assert [each.get("statusCode") for each in answers] == ["0", "3100", "3250", "3130", "0"]
    assert [each.get("statusMessage") for each in answers][1:3] == [
        'The name "BATCH-1" of the list element is already in use.',
        "This feature is not enabled or not available in this version of QuickBooks.",
    ]


def test_a_stale_mod_is_answered_by_the_sentence_with_its_trailing_blank():
    file = company()
    record = rets(one(file, customer_add(FULL)))[0]
    stale = {**record, "EditSequence": "1416315972"}
    rs = ask(file, customer_mod(stale, "<Fax></Fax>", "w-A2"), 'newMessageSetID="w2" onError="stopOnError"')
    assert dict(rs.attrib) == {"newMessageSetID": "w2", "messageSetStatusCode": "0"}
    assert dict(rs[0].attrib) == {
        "requestID": "w-A2",
        "statusCode": "3200",
        "statusSeverity": "Error",
        "statusMessage": 'The provided edit sequence "1416315972" is out-of-date. ',
    }


def test_a_recovery_answer_has_the_shape_of_the_capture():
    file = company()
    ask(file, customer_add(FULL, "w-A3"), 'newMessageSetID="w3"')
    rs = ask(file, "", 'oldMessageSetID="w3" newMessageSetID="w3"')
    assert list(rs[0].attrib) == ["requestID", "statusCode", "statusSeverity", "statusMessage"]
    assert [child.tag for child in rs[0][0]] == ["ListID", "EditSequence"]
    cleared = ask(file, "", 'oldMessageSetID="w3"')
    assert dict(cleared.attrib) == {"messageSetStatusCode": "0"}


def test_host_company_and_preferences_look_as_in_a_capture():
    file = company(edition="Enterprise")
    file.register_app("Sync", owner_id=OWNER, file_id=FILE)
    answers = ask(
        file,
        '<HostQueryRq requestID="0"/><CompanyQueryRq requestID="1">'
        f'<OwnerID>{OWNER}</OwnerID></CompanyQueryRq><PreferencesQueryRq requestID="2"/>',
        'onError="stopOnError"',
    )
    host, about, preferences = (rets(each)[0] for each in answers)
    assert list(host) == [
        "ProductName",
        "MajorVersion",
        "MinorVersion",
        "Country",
        "SupportedQBXMLVersion",
        "IsAutomaticLogin",
        "QBFileMode",
    ]
    assert host["ProductName"] == "QuickBooks Desktop Enterprise 24.0"
    assert (host["MajorVersion"], host["SupportedQBXMLVersion"][-1]) == ("34", "16.0")
    assert list(about) == [
        "IsSampleCompany",
        "CompanyName",
        "LegalCompanyName",
        "Address",
        "AddressBlock",
        "Phone",
        "Email",
        "FirstMonthFiscalYear",
        "FirstMonthIncomeTaxYear",
        "CompanyType",
        "TaxForm",
        "SubscribedServices",
        "AccountantCopy",
        "DataExtRet",
    ]
    assert [each["DataExtName"] for each in about["DataExtRet"]] == ["AppLock", "FileID"]
    assert about["DataExtRet"][0]["DataExtValue"].startswith("LOCKED:BOOKSPC:639")
    assert about["DataExtRet"][1]["DataExtValue"] == FILE
    assert list(preferences) == [
        "AccountingPreferences",
        "FinanceChargePreferences",
        "JobsAndEstimatesPreferences",
        "MultiCurrencyPreferences",
        "MultiLocationInventoryPreferences",
        "PurchasesAndVendorsPreferences",
        "ReportsPreferences",
        "SalesAndCustomersPreferences",
        "SalesTaxPreferences",
        "TimeTrackingPreferences",
        "CurrentAppAccessRights",
        "ItemsAndInventoryPreferences",
    ]


def test_the_company_keeps_our_file_id_from_other_owners():
    file = company()
    file.register_app("Sync", owner_id=OWNER, file_id=FILE)
    assert "DataExtRet" not in rets(one(file, "<CompanyQueryRq/>"))[0]
    other = "<CompanyQueryRq><OwnerID>{00000000-0000-0000-0000-000000000000}</OwnerID></CompanyQueryRq>"
    assert "DataExtRet" not in rets(one(file, other))[0]


def test_the_sales_tax_preferences_are_absent_where_tax_is_off():
    shown = rets(one(company(settings=Settings(sales_tax=False)), "<PreferencesQueryRq/>"))[0]
    assert "SalesTaxPreferences" not in shown


def test_the_capacity_of_lists_is_told_when_asked():
    wish = "<IncludeListMetaData><IncludeMaxCapacity>true</IncludeMaxCapacity></IncludeListMetaData>"
    shown = rets(one(company(), f"<HostQueryRq>{wish}</HostQueryRq>"))[0]["ListMetaData"]
    assert shown["EntityMetaData"] == {"MaxCapacity": "14500"}
    assert len(shown) == 19


def test_nothing_changed_since_has_the_answer_of_the_capture():
    rs = one(company(), query("<FromModifiedDate>2026-02-04</FromModifiedDate>"))
    assert dict(rs.attrib) == {
        "requestID": "q",
        "statusCode": "1",
        "statusSeverity": "Info",
        "statusMessage": "A query request did not find a matching object in QuickBooks",
    }
