"""Customers and jobs: names, parents, references, versions, addresses."""

from __future__ import annotations

import pytest

from project.sandbox.desktop import Quirks, Settings

from .support import ask, company, customer_add, customer_mod, named, one, plain, query, rets, status


def added(file, inner="<Name>Acme</Name>"):
    rs = one(file, customer_add(inner))
    assert status(rs) == 0, rs.get("statusMessage")
    return rets(rs)[0]


def test_names_are_unique_over_customers_vendors_employees_and_other_names():
    file = company()
    added(file)
    others = [
        "<VendorAddRq><VendorAdd><Name>ACME</Name></VendorAdd></VendorAddRq>",
        "<OtherNameAddRq><OtherNameAdd><Name>acme</Name></OtherNameAdd></OtherNameAddRq>",
        "<EmployeeAddRq><EmployeeAdd><FirstName>Acme</FirstName></EmployeeAdd></EmployeeAddRq>",
        customer_add("<Name>aCME</Name>"),
    ]
    for body in others:
        rs = one(file, body)
        assert status(rs) == 3100
        assert rs.get("statusMessage").endswith("of the list element is already in use.")


def test_jobs_of_different_customers_may_share_a_name():
    file = company()
    for parent in ("A", "B"):
        added(file, f"<Name>{parent}</Name>")
        job = added(file, f"<Name>Kitchen</Name><ParentRef><FullName>{parent}</FullName></ParentRef>")
        assert job["FullName"] == f"{parent}:Kitchen"
        assert job["Sublevel"] == "1"
    again = customer_add("<Name>KITCHEN</Name><ParentRef><FullName>a</FullName></ParentRef>")
    assert status(one(file, again)) == 3100


@pytest.mark.parametrize("name", ["A:B", "", "   "])
def test_a_name_with_a_colon_or_none_is_refused(name):
    assert status(one(company(), customer_add(f"<Name>{name}</Name>"))) == 3090


def test_an_unknown_parent_is_named():
    rs = one(company(), customer_add("<Name>J</Name><ParentRef><FullName>NO-SUCH-PARENT</FullName></ParentRef>"))
    assert status(rs) == 3130
    assert rs.get("statusMessage") == (
        'There is an invalid reference to a parent "NO-SUCH-PARENT" in the Customers list.  QuickBooks error message: '
        "Invalid argument.  The specified record does not exist in the list."
    )


def test_five_levels_are_the_most():
    file = company()
    parent = ""
    for level in range(5):
        parent = added(file, f"<Name>L{level}</Name>{parent}")
        parent = f"<ParentRef><ListID>{parent['ListID']}</ListID></ParentRef>"
    assert status(one(file, customer_add(f"<Name>L5</Name>{parent}"))) == 3130


def test_a_customer_cannot_become_its_own_descendant():
    file = company()
    top = added(file, "<Name>Top</Name>")
    job = added(file, "<Name>Job</Name><ParentRef><FullName>Top</FullName></ParentRef>")
    for parent in (top, job):
        body = customer_mod(top, f"<ParentRef><ListID>{parent['ListID']}</ListID></ParentRef>")
        assert status(one(file, body)) == 3130


def test_a_renamed_parent_renames_its_jobs_without_touching_them():
    file = company()
    top = added(file, "<Name>Top</Name>")
    added(file, "<Name>Job</Name><ParentRef><FullName>Top</FullName></ParentRef>")
    before = file.find("Top:Job")
    file.clock.advance(60)
    assert status(one(file, customer_mod(top, "<Name>Peak</Name>"))) == 0
    after = file.find("Peak:Job")
    assert file.find("Top:Job") is None
    assert after["EditSequence"] == before["EditSequence"]
    assert after["ParentRef"]["FullName"] == "Peak"


@pytest.mark.parametrize(
    ("inner", "words"),
    [
        ("<TermsRef><FullName>Net 99</FullName></TermsRef>", 'QuickBooks Terms "Net 99" in the Customer'),
        ("<TermsRef><ListID>80000FFF-1</ListID></TermsRef>", '"80000FFF-1"'),
        ("<SalesRepRef><FullName>XX</FullName></SalesRepRef>", "SalesRep"),
        ("<CustomerTypeRef><FullName>Alien</FullName></CustomerTypeRef>", "CustomerType"),
    ],
)
def test_an_unknown_reference_is_named(inner, words):
    rs = one(company(), customer_add(f"<Name>A</Name>{inner}"))
    assert status(rs) == 3140
    assert words in rs.get("statusMessage")


def test_an_inactive_element_cannot_be_referred_to():
    file = company()
    terms = file.find("Net 30", "StandardTerms")
    file.edit("StandardTerms", terms["ListID"], IsActive=False)
    assert status(one(file, customer_add("<Name>A</Name><TermsRef><FullName>Net 30</FullName></TermsRef>"))) == 3140


def test_an_id_wins_over_a_name_and_a_renamed_element_shows_its_new_name():
    file = company()
    terms = file.find("Net 30", "StandardTerms")
    ref = f"<TermsRef><ListID>{terms['ListID']}</ListID><FullName>Net 15</FullName></TermsRef>"
    assert added(file, f"<Name>A</Name>{ref}")["TermsRef"]["FullName"] == "Net 30"
    file.edit("StandardTerms", terms["ListID"], Name="Thirty")
    assert rets(one(file, named("A")))[0]["TermsRef"] == {"ListID": terms["ListID"], "FullName": "Thirty"}


def test_a_mod_of_an_unknown_or_malformed_id():
    file = company()
    record = {"ListID": "80000FFF-1770138927", "EditSequence": "1"}
    rs = one(file, customer_mod(record, ""))
    assert status(rs) == 3120
    assert rs.get("statusMessage").startswith('Object "80000FFF-1770138927" specified in the request cannot be found.')
    assert status(one(file, customer_mod({"ListID": "nonsense", "EditSequence": "1"}, ""))) == 3000


def test_a_stale_edit_sequence_is_refused_and_shows_nothing():
    file = company()
    record = added(file)
    file.clock.advance(10)
    file.edit_customer(record["ListID"], Phone="2")
    rs = one(file, customer_mod(record, "<Phone>3</Phone>"))
    assert status(rs) == 3200
    assert rs.get("statusMessage") == f'The provided edit sequence "{record["EditSequence"]}" is out-of-date. '
    assert len(rs) == 0
    assert file.find("Acme")["Phone"] == "2"


def test_a_stale_edit_sequence_may_show_the_record_if_the_quirk_says_so():
    file = company(quirks=Quirks(stale_shows_record=True))
    record = added(file)
    file.edit_customer(record["ListID"], Phone="2")
    assert rets(one(file, customer_mod(record, "<Phone>3</Phone>")))[0]["Phone"] == "2"


def test_every_modification_changes_the_edit_sequence_even_within_a_second():
    file = company()
    record = added(file)
    seen = {record["EditSequence"]}
    for number in range(3):
        record = rets(one(file, customer_mod(record, f"<Phone>{number}</Phone>")))[0]
        seen.add(record["EditSequence"])
    assert len(seen) == 4
    assert record["TimeModified"] == record["TimeCreated"]


def test_the_edit_sequence_and_the_id_tell_the_time():
    file = company()
    record = added(file)
    assert record["ListID"] == f"80000001-{file.clock.unix()}"
    assert record["EditSequence"] == str(file.clock.unix())


def test_a_record_that_somebody_has_open_is_in_use():
    file = company()
    record = added(file)
    file.lock(record["ListID"])
    rs = one(file, customer_mod(record, "<Phone>3</Phone>"))
    assert status(rs) == 3175
    assert "The list element is in use." in rs.get("statusMessage")
    delete = f"<ListDelRq><ListDelType>Customer</ListDelType><ListID>{record['ListID']}</ListID></ListDelRq>"
    assert status(one(file, delete)) == 3175
    file.unlock(record["ListID"])
    assert status(one(file, customer_mod(record, "<Phone>3</Phone>"))) == 0


def test_an_application_that_may_only_read_cannot_write():
    file = company()
    file.register_app("Reader", owner_id="{57F3B9B6-86F1-4FCC-B1FF-966DE1813D20}", file_id="0", read_only=True)
    assert status(one(file, customer_add(), app="Reader")) == 3263
    assert status(one(file, query(), app="Reader")) == 1


def test_features_that_are_switched_off_are_not_available():
    euro = customer_add("<Name>A</Name><CurrencyRef><FullName>Euro</FullName></CurrencyRef>")
    assert status(one(company(), euro)) == 3250
    assert status(one(company(settings=Settings(multi_currency=True)), euro)) == 0
    assert status(one(company(), "<CurrencyQueryRq/>")) == 3250
    taxed = customer_add("<Name>A</Name><SalesTaxCodeRef><FullName>Tax</FullName></SalesTaxCodeRef>")
    assert status(one(company(settings=Settings(sales_tax=False)), taxed)) == 3250
    card = customer_add("<Name>A</Name><CreditCardInfo><CreditCardNumber>4111</CreditCardNumber></CreditCardInfo>")
    assert status(one(company(), card)) == 3261


def test_an_address_of_more_than_five_printed_lines_is_refused():
    lines = "".join(f"<Addr{number}>x</Addr{number}>" for number in range(1, 6))
    assert status(one(company(), customer_add(f"<Name>A</Name><BillAddress>{lines}</BillAddress>"))) == 0
    over = f"<BillAddress>{lines}<City>Paris</City></BillAddress>"
    assert status(one(company(), customer_add(f"<Name>A</Name>{over}"))) == 3205
    four = lines.replace("<Addr5>x</Addr5>", "")
    abroad = "<BillAddress>{}<City>Paris</City><Country>{}</Country></BillAddress>"
    assert status(one(company(), customer_add("<Name>A</Name>" + abroad.format(four, "France")))) == 3205
    assert status(one(company(), customer_add("<Name>A</Name>" + abroad.format(four, "USA")))) == 0


def test_the_block_is_the_address_as_printed():
    record = added(
        company(),
        "<Name>A</Name><BillAddress><Addr1>Acme</Addr1><Addr2>77 Pier Ave</Addr2><City>Lyon</City>"
        "<PostalCode>69001</PostalCode><Country>France</Country></BillAddress>",
    )
    assert record["BillAddressBlock"] == {
        "Addr1": "Acme",
        "Addr2": "77 Pier Ave",
        "Addr3": "Lyon, 69001",
        "Addr4": "France",
    }


@pytest.mark.parametrize(
    ("mode", "city"), [("merge", "San Mateo"), ("replace", None)], ids=["the rest stays", "the rest is emptied"]
)
def test_a_mod_of_part_of_an_address(mode, city):
    file = company(quirks=Quirks(addresses_in_mods=mode))
    record = added(file, "<Name>A</Name><BillAddress><Addr1>x</Addr1><City>San Mateo</City></BillAddress>")
    changed = rets(one(file, customer_mod(record, "<BillAddress><Addr1>y</Addr1></BillAddress>")))[0]
    assert changed["BillAddress"].get("City") == city
    cleared = rets(one(file, customer_mod(changed, "<BillAddress></BillAddress>")))[0]
    assert "BillAddress" not in cleared


def test_a_job_starts_with_copies_of_its_parents_values_and_keeps_them():
    file = company()
    top = added(
        file,
        "<Name>Top</Name><BillAddress><City>Paris</City></BillAddress><Phone>1</Phone>"
        "<TermsRef><FullName>Net 30</FullName></TermsRef>",
    )
    job = added(file, "<Name>Job</Name><ParentRef><FullName>Top</FullName></ParentRef><Phone>2</Phone>")
    assert job["BillAddress"] == {"City": "Paris"}
    assert job["TermsRef"]["FullName"] == "Net 30"
    assert job["Phone"] == "2"
    one(file, customer_mod(top, "<BillAddress><City>Rome</City></BillAddress>"))
    assert file.find("Top:Job")["BillAddress"] == {"City": "Paris"}


def test_balances_of_jobs_add_up():
    file = company()
    top = added(file, "<Name>Top</Name><OpenBalance>10.00</OpenBalance>")
    job = added(file, "<Name>Job</Name><ParentRef><FullName>Top</FullName></ParentRef>")
    file.set_balance(job["ListID"], "5.55")
    shown = rets(one(file, named("Top")))[0]
    assert (shown["Balance"], shown["TotalBalance"]) == ("10.00", "15.55")
    assert shown["EditSequence"] == top["EditSequence"]


def test_an_external_guid_is_kept_and_returned():
    guid = "{0F0E6B1C-7C1B-4B0E-9C58-0B7B5F0C2D11}"
    record = added(company(), f"<Name>A</Name><ExternalGUID>{guid}</ExternalGUID>")
    assert record["ExternalGUID"] == guid


def test_phone_and_mail_are_shown_a_second_time_since_12():
    file = company()
    record = added(file, "<Name>A</Name><Phone>1</Phone><Email>a@b.example</Email>")
    assert record["AdditionalContactRef"] == [
        {"ContactName": "Main Phone", "ContactValue": "1"},
        {"ContactName": "Main Email", "ContactValue": "a@b.example"},
    ]
    extra = "<AdditionalContactRef><ContactName>{}</ContactName><ContactValue>{}</ContactValue></AdditionalContactRef>"
    body = customer_mod(record, extra.format("Main Phone", "2") + extra.format("Skype Id", "acme"))
    changed = rets(one(file, body))[0]
    assert changed["Phone"] == "2"
    assert changed["AdditionalContactRef"][-1] == {"ContactName": "Skype Id", "ContactValue": "acme"}


def test_further_contacts_and_notes_have_ids_of_their_own():
    file = company()
    record = added(
        file,
        "<Name>A</Name><Contacts><FirstName>Ann</FirstName><LastName>Lee</LastName></Contacts>"
        "<AdditionalNotes><Note>hello</Note></AdditionalNotes>",
    )
    contact, note = record["ContactsRet"], record["AdditionalNotesRet"]
    assert contact["Contact"] == "Ann Lee"
    body = customer_mod(
        record,
        f"<ContactsMod><ListID>{contact['ListID']}</ListID><EditSequence>{contact['EditSequence']}</EditSequence>"
        f"<FirstName>Anna</FirstName></ContactsMod><AdditionalNotesMod><NoteID>{note['NoteID']}</NoteID>"
        "<Note>bye</Note></AdditionalNotesMod>",
    )
    changed = rets(one(file, body))[0]
    assert changed["ContactsRet"]["Contact"] == "Anna Lee"
    assert changed["AdditionalNotesRet"]["Note"] == "bye"


def test_include_ret_element_names_what_comes_back():
    file = company()
    record = added(file)
    body = customer_mod(record, "<Phone>1</Phone>").replace(
        "</CustomerModRq>",
        "<IncludeRetElement>ListID</IncludeRetElement><IncludeRetElement>Nonsense</IncludeRetElement></CustomerModRq>",
    )
    assert rets(one(file, body)) == [{"ListID": record["ListID"]}]


def test_a_vendor_cannot_be_modified_as_a_customer():
    file = company()
    list_id = file.add("Vendor", Name="V")
    assert status(one(file, customer_mod({"ListID": list_id, "EditSequence": "1"}, ""))) == 3120


def test_a_failing_change_changes_nothing():
    file = company()
    record = added(file)
    before = file.find("Acme")
    bad = customer_mod(record, "<Phone>9</Phone><TermsRef><FullName>Nope</FullName></TermsRef>")
    assert status(one(file, bad)) == 3140
    assert file.find("Acme") == before


def test_sales_reps_terms_and_types_can_be_added_and_referred_to():
    file = company()
    bodies = [
        "<EmployeeAddRq><EmployeeAdd><FirstName>Ann</FirstName><LastName>Lee</LastName></EmployeeAdd></EmployeeAddRq>",
        "<SalesRepAddRq><SalesRepAdd><Initial>AL</Initial><SalesRepEntityRef><FullName>Ann Lee</FullName>"
        "</SalesRepEntityRef></SalesRepAdd></SalesRepAddRq>",
        "<StandardTermsAddRq><StandardTermsAdd><Name>Net 45</Name><StdDueDays>45</StdDueDays></StandardTermsAdd>"
        "</StandardTermsAddRq>",
        "<CustomerTypeAddRq><CustomerTypeAdd><Name>VIP</Name></CustomerTypeAdd></CustomerTypeAddRq>",
    ]
    assert [status(each) for each in ask(file, "".join(bodies))] == [0, 0, 0, 0]
    record = added(
        file,
        "<Name>A</Name><CustomerTypeRef><FullName>VIP</FullName></CustomerTypeRef><TermsRef><FullName>Net 45</FullName>"
        "</TermsRef><SalesRepRef><FullName>AL</FullName></SalesRepRef>",
    )
    assert record["SalesRepRef"]["FullName"] == "AL"
    assert plain(one(file, "<SalesRepQueryRq/>"))["SalesRepRet"]["SalesRepEntityRef"]["FullName"] == "Ann Lee"
