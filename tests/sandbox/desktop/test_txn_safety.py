"""Transactions and the ways in which a write can go wrong: lost answers, locks, backups, storage; and random books."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from project.sandbox.chance import Chance
from project.sandbox.desktop import CompanyFile, Quirks
from project.sandbox.desktop.errors import Fault
from project.sandbox.desktop.txns.kinds import KINDS

from .books import books, done, get, invoice, line, refused, request
from .support import ask, one, plain, rets, status

GUID = "{0F0E6B1C-7C1B-4B0E-9C58-0B7B5F0C2D11}"


def test_a_lost_answer_is_asked_for_again():
    file = books()
    body = request("InvoiceAdd", CustomerRef="Acme", ExternalGUID=GUID, InvoiceLineAdd=[line("Setup")])
    made = ask(file, body, 'newMessageSetID="A3"')
    assert made.get("messageSetStatusCode") == "0"
    before = file.executed["InvoiceAdd"]
    again = ask(file, body, 'newMessageSetID="A3"')
    kept = plain(again[0])["ErrorRecovery"]
    whole = rets(made[0])[0]
    assert kept == {name: whole[name] for name in ("TxnID", "TxnNumber", "EditSequence", "ExternalGUID")}
    assert file.executed["InvoiceAdd"] == before
    assert len(file.txns_of("Invoice")) == 1


def test_a_form_that_somebody_has_open_is_refused():
    file = books()
    made = invoice(file)
    file.lock_txn(made["TxnID"])
    head = {"TxnID": made["TxnID"], "EditSequence": made["EditSequence"]}
    assert refused(file, "InvoiceMod", **head, Memo="x") == 3175
    for act in ("Del", "Void"):
        body = f"<Txn{act}Rq><Txn{act}Type>Invoice</Txn{act}Type><TxnID>{made['TxnID']}</TxnID></Txn{act}Rq>"
        rs = one(file, body)
        assert status(rs) == 3175
        assert "could not be locked" in rs.get("statusMessage")
    row = {"TxnID": made["TxnID"], "PaymentAmount": "1.00"}
    assert refused(file, "ReceivePaymentAdd", CustomerRef="Acme", TotalAmount="1.00", AppliedToTxnAdd=row) == 3176
    file.unlock_txn(made["TxnID"])
    done(file, "InvoiceMod", **head, Memo="x")


@pytest.mark.parametrize("fault, code", [("lock", 3175), ("stale_version", 3200)])
def test_faults_strike_transactions(fault, code):
    file = books()
    made = invoice(file)
    setattr(file.faults, fault, 1.0)
    rs = one(file, request("InvoiceMod", TxnID=made["TxnID"], EditSequence=made["EditSequence"], Memo="x"))
    assert status(rs) == code


def test_an_outdated_change_may_be_answered_with_what_is_there():
    file = books(quirks=Quirks(stale_shows_record=True))
    made = invoice(file, Memo="here")
    rs = one(file, request("InvoiceMod", TxnID=made["TxnID"], EditSequence="1", Memo="x"))
    assert (status(rs), plain(rs[0])["Memo"]) == (3200, "here")


def test_an_application_that_may_only_read_writes_nothing():
    file = books()
    file.register_app("Sync", owner_id=GUID, file_id=GUID, read_only=True)
    rs = one(file, request("InvoiceAdd", CustomerRef="Acme", InvoiceLineAdd=[line()]))
    assert status(rs) == 3263


def test_a_backup_brings_everything_back():
    file = books()
    made = invoice(file)
    backup, before = file.snapshot(), file.to_json()
    file.pay(made["TxnID"])
    file.void_txn(invoice(file)["TxnID"])
    file.restore(backup)
    assert file.to_json() == before
    assert get(file, "Invoice", made["TxnID"])["IsPaid"] == "false"


def test_a_stored_file_goes_on_where_it_was():
    file, _ = random_books(7, 60)
    other = CompanyFile("Other", clock=file.clock, chance=Chance(1), edition="Enterprise")
    other.load_json(file.to_json())
    assert other.to_json() == file.to_json()
    check(other)
    for each in (file, other):
        each.enter("Invoice", [{"ItemRef": "Setup", "Quantity": 2}], CustomerRef="Acme", RefNumber="last")
    assert other.to_json() == file.to_json()


# Random books


def random_books(seed: int, steps: int) -> tuple[CompanyFile, int]:
    """A bookkeeper's days: invoices, payments, credits, deposits, changes, voids and deletions in any order."""
    chance = random.Random(seed)
    file = books()
    refusals = 0
    for _ in range(steps):
        file.clock.advance(chance.randint(0, 90))
        try:
            step(file, chance)
        except Fault:
            refusals += 1
    return file, refusals


def step(file: CompanyFile, chance: random.Random) -> None:
    customer = chance.choice(["Acme", "Bolt", "Acme:Roof"])
    rows = [
        {"ItemRef": chance.choice(["Widget", "Setup", "Cable"]), "Quantity": chance.randint(1, 9)}
        for _ in range(chance.randint(1, 3))
    ]
    act = chance.choice(["sell", "sell", "pay", "receive", "credit", "edit", "void", "delete", "order", "buy", "bank"])
    documents = [txn.txn_id for kind in ("Invoice", "Bill") for txn in file.txns.in_order(kind)]
    anything = sorted(file.txns.by_id)
    if act == "sell":
        file.enter("Invoice", rows, CustomerRef=customer)
    elif act == "pay" and documents:
        extra = {} if chance.random() < 0.5 else {"amount": chance.randint(1, 50)}
        chosen = chance.choice(documents)
        bank = {"BankAccountRef": "Checking"} if file.txns.by_id[chosen].kind == "Bill" else {}
        file.pay(chosen, **extra, **bank)
    elif act == "receive":
        file.receive(customer, chance.randint(1, 400), IsAutoApply=chance.random() < 0.7)
    elif act == "credit":
        file.enter("CreditMemo", rows, CustomerRef=customer)
    elif act == "order":
        order = file.enter("SalesOrder", rows, CustomerRef=customer)
        file.document_from(order)
    elif act == "buy":
        file.enter("Bill", [{"row": "ItemLine", "ItemRef": "Widget", "Quantity": 3}], VendorRef="Supplies Inc")
    elif act == "bank":
        waiting = [txn.txn_id for txn in file.txns.in_order("ReceivePayment") if txn.txn_id not in file.txns.deposited]
        file.deposit("Checking", waiting[:2])
    elif act == "edit" and documents:
        file.edit_txn(chance.choice(documents), Memo="changed", TxnDate=f"2026-01-{chance.randint(1, 28):02d}")
    elif act == "void" and anything:
        file.void_txn(chance.choice(anything))
    elif act == "delete" and anything:
        file.delete_txn(chance.choice(anything))


def check(file: CompanyFile) -> None:
    """Balances are what is open; the books balance; stock is what came and went; no index has lost anything."""
    txns = file.txns
    for record in file.lists.shelf("Customer").in_order("Customer"):
        own = [txn for txn in txns.by_id.values() if txn.entity == record.list_id and not txn.voided]
        open_ = sum(txns.remaining(txn) for txn in own if txn.kind == "Invoice")
        unused = sum(txns.remaining(txn) for txn in own if txn.kind in ("CreditMemo", "ReceivePayment"))
        assert record.balance == open_ - unused, record.full_name
    for record in file.lists.shelf("Vendor").in_order("Vendor"):
        own = [txn for txn in txns.by_id.values() if txn.entity == record.list_id and not txn.voided]
        open_ = sum(txns.remaining(txn) for txn in own if txn.kind == "Bill")
        unused = sum(txns.remaining(txn) for txn in own if txn.kind == "BillPaymentCheck")  # its bill was deleted
        assert record.balance == open_ - unused
    assert sum(txns.balances.values()) == 0
    widget = file.lists.find(("ItemInventory",), "", "Widget")
    moved = Decimal(0)
    for txn in txns.by_id.values():
        sign = {"Invoice": -1, "CreditMemo": 1, "Bill": 1}.get(txn.kind, 0) * (not txn.voided)
        moved += sign * sum(each.quantity for each in txn.all_lines() if each.data.get("ItemRef") == widget.list_id)
    assert txns.on_hand(widget.list_id) == moved
    for txn in txns.by_id.values():
        assert txns.remaining(txn) >= 0 or not txn.total
        index = {1: txns.open, -1: txns.credits}.get(KINDS[txn.kind].side)
        if index is not None:
            is_open = not txn.voided and txns.remaining(txn) != 0
            assert (txn.txn_id in index.get(txn.entity, {})) is is_open
    assert sum(len(held) for held in txns.by_day.values()) == len(txns.by_id)
    assert sum(len(held) for held in txns.by_time.values()) == len(txns.by_id)
    targets = {each.target for held in txns.pays.values() for each in held}
    assert targets <= txns.by_id.keys()
    assert txns.pays.keys() <= txns.by_id.keys()


@pytest.mark.parametrize("seed", range(12))
def test_balances_are_always_what_is_open(seed):
    file, refusals = random_books(seed, 120)
    assert refusals < 110
    check(file)


# Many


def test_a_page_costs_the_same_in_a_large_company():
    """No request looks at every transaction: what it touches is counted, not timed."""
    file = books()
    for number in range(2000):
        file.enter("Invoice", [{"ItemRef": "Setup", "Quantity": 1}], CustomerRef="Bolt", RefNumber=str(number))
    looked = 0
    whole = file.txns.by_id

    class Counting(dict):
        def __getitem__(self, key):
            nonlocal looked
            looked += 1
            return super().__getitem__(key)

        def get(self, key, default=None):
            nonlocal looked
            looked += 1
            return super().get(key, default)

    file.txns.by_id = Counting(whole)
    assert len(one(file, "<InvoiceQueryRq><MaxReturned>5</MaxReturned></InvoiceQueryRq>")) == 5
    assert len(one(file, "<InvoiceQueryRq><RefNumber>1500</RefNumber></InvoiceQueryRq>")) == 1
    made = done(file, "InvoiceAdd", CustomerRef="Acme", InvoiceLineAdd=line("Setup"))
    file.pay(made["TxnID"])
    assert looked < 100
