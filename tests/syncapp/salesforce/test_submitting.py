"""Writing over real HTTP: what is created and changed, how it ends, and how few calls that takes."""

from __future__ import annotations

from decimal import Decimal

import pytest

from syncapp.connectors.salesforce.fields import NO_LAST_NAME
from syncapp.records import Applied, Deferred, Missing, Rejected, Stale, Unknown

from .conftest import create, fetched, update
from .world import around_the_next_write


def submit(connector, *operations):
    outcomes = connector.submit(operations)
    assert set(outcomes) == {operation.id for operation in operations}
    found = [outcomes[operation.id] for operation in operations]
    return found if len(found) > 1 else found[0]


def read(connector, record_id):
    return connector.read("customer", [record_id]).records[0]


def fault(world, name, probability):
    setattr(world.org.faults, name, probability)


def lose_the_next_answer(world, connector):
    around_the_next_write(connector, before=lambda: fault(world, "lost_answer", 1.0), after=world.org.faults.stop)


def test_a_customer_becomes_an_account_with_its_billing_contact(world, connector):
    parent = world.account("Globex")
    outcome = submit(
        connector,
        create(
            name="Acme",
            parent=parent,
            billing_street="1 Road\nHouse 2",
            phone="555 0100",
            contact_first_name="Jane",
            contact_last_name="Doe",
            contact_email="jane@acme.example",
            terms="Net 30",
            credit_limit=Decimal("5000.00"),
            balance=Decimal("12.34"),
            active=True,
        ),
    )
    assert isinstance(outcome, Applied)
    assert not outcome.touched
    assert not outcome.refused
    account = world.org.get(outcome.record.id)
    assert account["Name"] == "Acme"
    assert account["ParentId"] == parent
    assert account["BillingStreet"] == "1 Road\r\nHouse 2"
    assert account["QB_Id__c"] == "acme:8000-1"
    assert Decimal(str(account["QB_Balance__c"])) == Decimal("12.34")
    [contact] = world.contacts_of(outcome.record.id)
    assert (contact["FirstName"], contact["LastName"], contact["QB_Billing_Contact__c"]) == ("Jane", "Doe", True)
    assert outcome.record.fields["contact_email"] == "jane@acme.example"
    assert outcome.record.fields["quickbooks_id"] == "8000-1"


def test_a_customer_without_a_contact_becomes_an_account_alone(world, connector):
    outcome = submit(connector, create(name="Acme"))
    assert isinstance(outcome, Applied)
    assert world.contacts_of(outcome.record.id) == []


def test_a_contact_with_an_email_alone_is_kept_and_reads_back_without_a_last_name(world, connector):
    outcome = submit(connector, create(name="Acme", contact_email="office@acme.example"))
    [contact] = world.contacts_of(outcome.record.id)
    assert contact["LastName"] == NO_LAST_NAME
    assert outcome.record.fields["contact_last_name"] is None


def test_a_thousand_creates_take_few_calls(world, connector):
    connector.check()
    before = world.calls()
    operations = [create(f"8000-{n}", name=f"Customer {n}", contact_last_name=f"Person {n}") for n in range(1000)]
    outcomes = connector.submit(operations)
    assert all(isinstance(outcomes[operation.id], Applied) for operation in operations)
    assert world.calls() - before <= 6
    assert len(world.org.records("Account")) == 1000


def test_a_thousand_updates_with_their_first_fetch_take_at_most_twelve_calls(world, connect):
    ids = world.many_accounts(1000)
    for account in ids:
        world.contact(account, "Jane", "Doe")
    connector = connect()
    connector.check()
    before = world.calls()
    records, cursor = fetched(connector)
    operations = [
        update(records[each], f"8000-{n}", quickbooks_id=f"8000-{n}", contact_phone="555 0100", balance=Decimal("1.00"))
        for n, each in enumerate(ids)
    ]
    outcomes = connector.submit(operations)
    assert all(isinstance(outcomes[operation.id], Applied) for operation in operations)
    fetched(connector, cursor)
    assert world.calls() - before <= 12


def test_only_what_differs_is_sent(world, connector):
    account = world.account("Acme", Phone="555 0100", Fax="1")
    record = read(connector, account)
    stamp = world.org.get(account)["SystemModstamp"]
    world.clock.advance(60)
    outcome = submit(connector, update(record, phone="555 0100", name="Acme"))
    assert isinstance(outcome, Applied)
    assert world.org.get(account)["SystemModstamp"] == stamp


def test_an_update_reads_back_what_salesforce_holds(world, connector):
    account = world.account("Acme", QB_Id__c="acme:8000-1", QB_Active__c=True)
    world.contact(account, "Jane", "Doe", QB_Billing_Contact__c=True)
    record = read(connector, account)
    outcome = submit(connector, update(record, phone="555 0123", contact_email="jane@acme.example", billing_city=None))
    assert isinstance(outcome, Applied)
    assert not outcome.touched
    assert outcome.record.fields["phone"] == "555 0123"
    assert outcome.record.fields["contact_email"] == "jane@acme.example"
    assert outcome.record.version == read(connector, account).version


def test_linking_an_old_account_says_that_it_is_active(world, connector):
    account = world.account("Acme", QB_Active__c=False)
    record = read(connector, account)
    outcome = submit(connector, update(record, quickbooks_id="8000-1"))
    assert outcome.record.fields["active"] is True
    assert outcome.record.fields["quickbooks_id"] == "8000-1"


def test_an_account_that_moved_on_is_not_written(world, connector):
    account = world.account("Acme")
    record = read(connector, account)
    world.clock.advance(5)
    world.org.update(account, Phone="555 0199")
    outcome = submit(connector, update(record, name="Acme Ltd"))
    assert isinstance(outcome, Stale)
    assert outcome.record.fields["phone"] == "555 0199"
    assert world.org.get(account)["Name"] == "Acme"


def test_an_edit_within_the_same_second_is_noticed(world, connector):
    account = world.account("Acme")
    record = read(connector, account)
    world.org.update(account, Phone="555 0199")
    assert isinstance(submit(connector, update(record, name="Acme Ltd")), Stale)


def test_an_edit_of_the_contact_makes_the_update_out_of_date(world, connector):
    account = world.account("Acme")
    contact = world.contact(account, "Jane", "Doe")
    record = read(connector, account)
    world.clock.advance(5)
    world.org.update(contact, Phone="555 0199")
    assert isinstance(submit(connector, update(record, contact_phone="1")), Stale)


def test_a_deleted_and_a_merged_account_are_missing(world, connector):
    deleted, winner, loser = world.account("Deleted"), world.account("Winner"), world.account("Loser")
    records = {each: read(connector, each) for each in (deleted, loser)}
    world.org.delete(deleted)
    world.org.merge(winner, loser)
    one, other = submit(connector, update(records[deleted], "1", name="X"), update(records[loser], "2", name="Y"))
    assert isinstance(one, Missing)
    assert isinstance(other, Missing)
    assert winner in other.message


def test_a_create_that_happened_before_finds_its_account(world, connector):
    first = submit(connector, create(name="Acme", contact_last_name="Doe"))
    again = submit(connector, create(name="Acme", contact_last_name="Doe"))
    assert isinstance(again, Applied)
    assert again.record.id == first.record.id
    assert not again.touched
    assert len(world.org.records("Account")) == 1
    assert len(world.org.records("Contact")) == 1


def test_a_create_that_happened_before_is_brought_up_to_date(world, connector):
    first = submit(connector, create(name="Acme"))
    again = submit(connector, create(name="Acme", phone="555 0100", contact_last_name="Doe"))
    assert again.record.id == first.record.id
    assert again.record.fields["phone"] == "555 0100"
    assert again.record.fields["contact_last_name"] == "Doe"
    assert not again.touched


def test_a_create_that_happened_before_does_not_overwrite_a_persons_edit(world, connector):
    first = submit(connector, create(name="Acme"))
    world.clock.advance(5)
    world.org.update(first.record.id, Name="Acme GmbH")
    again = submit(connector, create(name="Acme"))
    assert isinstance(again, Applied)
    assert again.touched
    assert again.record.fields["name"] == "Acme GmbH"


def test_another_contact_in_quickbooks_is_a_new_contact_here(world, connector):
    first = submit(connector, create(name="Acme", contact_first_name="Jane", contact_last_name="Doe"))
    outcome = submit(
        connector,
        update(first.record, contact_first_name="Bob", contact_last_name="Roe", contact_email="b@x.example"),
    )
    assert isinstance(outcome, Applied)
    assert not outcome.touched
    assert outcome.record.fields["contact_last_name"] == "Roe"
    ticks = {row["LastName"]: row["QB_Billing_Contact__c"] for row in world.contacts_of(first.record.id)}
    assert ticks == {"Doe": False, "Roe": True}


def test_the_contact_who_was_there_before_comes_back_by_name(world, connector):
    first = submit(connector, create(name="Acme", contact_first_name="Jane", contact_last_name="Doe"))
    second = submit(connector, update(first.record, contact_first_name="Bob", contact_last_name="Roe"))
    third = submit(connector, update(second.record, contact_first_name="Jane", contact_last_name="Doe"))
    assert third.record.fields["contact_first_name"] == "Jane"
    assert len(world.contacts_of(first.record.id)) == 2


def test_a_locked_account_is_written_later(world, connector):
    account = world.account("Acme")
    record = read(connector, account)
    world.org.locked.add(account)
    outcome = submit(connector, update(record, name="Acme Ltd"))
    assert isinstance(outcome, Deferred)
    world.org.locked.discard(account)
    assert isinstance(submit(connector, update(record, name="Acme Ltd")), Applied)


def test_a_locked_contact_leaves_its_part_to_be_planned_again(world, connector):
    account = world.account("Acme")
    contact = world.contact(account, "Jane", "Doe", QB_Billing_Contact__c=True)
    record = read(connector, account)
    world.org.locked.add(contact)
    outcome = submit(connector, update(record, phone="555 0100", contact_email="jane@x.example"))
    assert isinstance(outcome, Stale)
    assert outcome.record.fields["phone"] == "555 0100"
    assert outcome.record.fields["contact_email"] is None


def test_a_refused_field_is_named_while_the_others_go_on(world, connector):
    world.org.add_validation_rule("Account", lambda row, old: "No Acme here" if row["Name"] == "Acme" else None)
    bad, good = submit(connector, create("1", name="Acme"), create("2", name="Globex"))
    assert isinstance(bad, Rejected)
    assert bad.code == "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    assert "No Acme here" in bad.message
    assert bad.remedy
    assert isinstance(good, Applied)


def test_a_value_that_is_too_long_names_our_field(world, connector):
    account = world.account("Acme")
    outcome = submit(connector, update(read(connector, account), billing_city="x" * 41))
    assert isinstance(outcome, Rejected)
    assert outcome.fields == ("billing_city",)


def test_a_refused_contact_leaves_the_account_written(world, connector):
    world.org.add_validation_rule("Contact", lambda row, old: "No contacts" if row["LastName"] == "Doe" else None)
    outcome = submit(connector, create(name="Acme", contact_last_name="Doe", phone="1"))
    assert isinstance(outcome, Applied)
    assert set(outcome.refused) == {"contact_last_name"}
    assert "No contacts" in outcome.refused["contact_last_name"]
    assert world.org.get(outcome.record.id)["Name"] == "Acme"


def test_a_duplicate_rule_stops_unless_the_setting_says_otherwise(world, connect):
    world.duplicate_rule("Account")
    world.account("Acme")
    stopped = submit(connect(all=True), create(name="Acme"))
    assert isinstance(stopped, Rejected)
    assert stopped.code == "DUPLICATES_DETECTED"
    assert "duplicates" in stopped.remedy
    saved = submit(connect(all=True, duplicates="save"), create(name="Acme"))
    assert isinstance(saved, Applied)


def test_an_account_of_another_company_is_not_taken(world, connector):
    account = world.account("Acme", QB_Id__c="globex:1")
    outcome = submit(connector, update(read(connector, account), quickbooks_id="8000-1"))
    assert isinstance(outcome, Rejected)
    assert "globex" in outcome.message
    assert world.org.get(account)["QB_Id__c"] == "globex:1"


def test_a_quickbooks_id_that_another_account_has_is_refused(world, connector):
    world.account("Old", QB_Id__c="acme:8000-1")
    account = world.account("New")
    outcome = submit(connector, update(read(connector, account), quickbooks_id="8000-1"))
    assert isinstance(outcome, Rejected)
    assert outcome.code == "DUPLICATE_VALUE"


def test_automation_of_somebody_else_is_told_as_touched(world, connector):
    around_the_next_write(connector)
    world.org.on_save("Account", lambda tx, row, old: row.update(LastModifiedById=world.org.person), when="before")
    outcome = submit(connector, create(name="Acme"))
    assert isinstance(outcome, Applied)
    assert outcome.touched


@pytest.mark.parametrize("field", ["phone", "contact_email"])
def test_a_careful_field_is_not_written_over_the_edit_of_the_last_moment(world, connect, field):
    connector = connect(all=True, careful=["phone", "contact_email"])
    account = world.account("Acme")
    contact = world.contact(account, "Jane", "Doe", QB_Billing_Contact__c=True)
    world.clock.advance(5)
    record = read(connector, account)
    edited = account if field == "phone" else contact
    world.clock.advance(5)
    around_the_next_write(connector, before=lambda: world.org.update(edited, Phone="555 0199"))
    outcome = submit(connector, update(record, **{field: "x@y.example"}))
    assert isinstance(outcome, Stale)
    assert world.org.get(edited)["Phone"] == "555 0199"


def test_a_careful_field_is_written_where_nobody_came_between(world, connect):
    connector = connect(all=True, careful=["phone"])
    account = world.account("Acme")
    world.clock.advance(5)
    outcome = submit(connector, update(read(connector, account), phone="555 0100"))
    assert isinstance(outcome, Applied)
    assert not outcome.touched
    assert world.org.get(account)["Phone"] == "555 0100"


def test_a_lost_answer_is_found_out_and_nothing_is_sent_twice(world, connector):
    operation = create(name="Acme", contact_last_name="Doe")
    lose_the_next_answer(world, connector)
    assert isinstance(submit(connector, operation), Unknown)
    outcome = connector.find_out([operation])[operation.id]
    assert isinstance(outcome, Applied)
    assert not outcome.touched
    assert len(world.org.records("Account")) == 1


def test_a_lost_request_is_found_out_as_never_done(world, connector):
    operation = create(name="Acme")
    around_the_next_write(connector, before=lambda: fault(world, "unavailable_503", 1.0), after=world.org.faults.stop)
    assert isinstance(submit(connector, operation), Unknown)
    assert isinstance(connector.find_out([operation])[operation.id], Missing)


def test_a_lost_update_is_read_and_planned_again(world, connector):
    account = world.account("Acme")
    operation = update(read(connector, account), phone="555 0100")
    lose_the_next_answer(world, connector)
    assert isinstance(submit(connector, operation), Unknown)
    stamp = world.org.get(account)["SystemModstamp"]
    world.clock.advance(60)
    outcome = connector.find_out([operation])[operation.id]
    assert isinstance(outcome, Stale)
    assert outcome.record.fields["phone"] == "555 0100"
    assert world.org.get(account)["SystemModstamp"] == stamp
    world.org.delete(account)
    assert isinstance(connector.find_out([operation])[operation.id], Missing)


def test_a_contact_that_was_moved_to_another_account_is_not_created_twice(world, connector):
    first = submit(connector, create(name="Acme", contact_first_name="Jane", contact_last_name="Doe"))
    [contact] = world.contacts_of(first.record.id)
    world.org.update(contact["Id"], AccountId=world.account("Globex"))
    record = read(connector, first.record.id)
    assert record.fields["contact_last_name"] is None
    outcome = submit(connector, update(record, contact_first_name="Jane", contact_last_name="Doe", phone="1"))
    assert isinstance(outcome, Applied)
    assert set(outcome.refused) == {"contact_first_name", "contact_last_name"}
    assert outcome.record.fields["phone"] == "1"
    assert len(world.org.records("Contact")) == 1


def test_of_two_ticked_contacts_the_one_that_quickbooks_names_is_left_ticked(world, connector):
    account = world.account("Acme")
    world.contact(account, "Jane", "Doe", QB_Billing_Contact__c=True)
    world.clock.advance(5)
    world.contact(account, "Bob", "Roe", QB_Billing_Contact__c=True)
    record = read(connector, account)
    outcome = submit(connector, update(record, contact_first_name="Bob", contact_last_name="Roe"))
    assert isinstance(outcome, Applied)
    assert outcome.record.fields["contact_first_name"] == "Bob"
    ticks = {row["LastName"]: row["QB_Billing_Contact__c"] for row in world.contacts_of(account)}
    assert ticks == {"Doe": False, "Roe": True}


def test_a_missing_parent_is_named_as_the_field_at_fault(world, connector):
    parent, account = world.account("Globex"), world.account("Acme")
    world.org.delete(parent)
    for outcome in submit(
        connector, update(read(connector, account), parent=parent), create("2", name="New", parent=parent)
    ):
        assert isinstance(outcome, Rejected)
        assert outcome.fields == ("parent",)


def test_a_lost_answer_to_a_careful_update_is_unknown(world, connect):
    connector = connect(all=True, careful=["phone"])
    account = world.account("Acme")
    operation = update(read(connector, account), phone="555 0100")
    lose_the_next_answer(world, connector)
    assert isinstance(submit(connector, operation), Unknown)
    outcome = connector.find_out([operation])[operation.id]
    assert isinstance(outcome, Stale)
    assert outcome.doubtful
    assert outcome.record.fields["phone"] == "555 0100"


def test_a_create_that_died_before_its_contact_is_completed_when_it_is_asked_for_again(world, connector, org):
    account = world.org.insert("Account", as_user=org.user_id, Name="Acme", QB_Id__c="acme:8000-1")
    operation = create(name="Acme", contact_last_name="Doe")
    assert isinstance(connector.find_out([operation])[operation.id], Missing)
    outcome = submit(connector, operation)
    assert isinstance(outcome, Applied)
    assert outcome.record.id == account
    assert outcome.record.fields["contact_last_name"] == "Doe"
    assert not outcome.touched
