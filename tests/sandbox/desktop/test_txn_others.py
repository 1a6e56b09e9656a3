"""Journal entries, transfers, stock, hours and miles, and taxes paid."""

from __future__ import annotations

import pytest

from project.sandbox.desktop import Settings

from .books import balance, books, done, found, get, line, refused, request
from .support import ask, one, plain, status


def account(file, name):
    return file.txns.account_balance(file.lists.find(("Account",), "", name).list_id)


def on_hand(file, name="Widget"):
    return file.txns.on_hand(file.lists.find(("ItemInventory", "ItemInventoryAssembly"), "", name).list_id)


def entry(file, debit="50.00", credit="50.00", **more):
    return done(
        file,
        "JournalEntryAdd",
        **more,
        JournalDebitLine={"AccountRef": "Rent", "Amount": debit},
        JournalCreditLine={"AccountRef": "Checking", "Amount": credit},
    )


def test_a_journal_entry_moves_accounts():
    file = books()
    made = entry(file)
    assert made["JournalDebitLine"]["Amount"] == "50.00"
    assert (account(file, "Rent"), account(file, "Checking")) == (50_00, -50_00)
    row = made["JournalCreditLine"]["TxnLineID"]
    debit = made["JournalDebitLine"]["TxnLineID"]
    changed = done(
        file,
        "JournalEntryMod",
        TxnID=made["TxnID"],
        EditSequence=made["EditSequence"],
        JournalLineMod=[
            {"TxnLineID": debit, "Amount": "70.00"},
            {"TxnLineID": row},
            {"TxnLineID": "-1", "JournalLineType": "Credit", "AccountRef": "Savings", "Amount": "20.00"},
        ],
    )
    assert [each["Amount"] for each in changed["JournalCreditLine"]] == ["50.00", "20.00"]
    assert (account(file, "Rent"), account(file, "Savings")) == (70_00, -20_00)


def test_a_journal_entry_must_balance_and_receivables_need_a_name():
    file = books()
    lines = {
        "JournalDebitLine": {"AccountRef": "Rent", "Amount": "50.00"},
        "JournalCreditLine": {"AccountRef": "Checking", "Amount": "49.99"},
    }
    assert refused(file, "JournalEntryAdd", **lines) == 3180
    lines["JournalCreditLine"] = {"AccountRef": "Accounts Receivable", "Amount": "50.00"}
    assert refused(file, "JournalEntryAdd", **lines) == 3180
    lines["JournalCreditLine"]["EntityRef"] = "Acme"
    done(file, "JournalEntryAdd", **lines)
    assert balance(file) == -50


def test_a_transfer_shows_both_balances():
    file = books()
    made = done(file, "TransferAdd", TransferFromAccountRef="Checking", TransferToAccountRef="Savings", Amount="25.00")
    assert (made["FromAccountBalance"], made["ToAccountBalance"]) == ("-25.00", "25.00")
    same = {"TransferFromAccountRef": "Checking", "TransferToAccountRef": "Checking", "Amount": "1.00"}
    assert refused(file, "TransferAdd", **same) == 3180


def test_stock_is_adjusted_to_a_number_or_by_one():
    file = books()
    made = done(
        file,
        "InventoryAdjustmentAdd",
        AccountRef="Materials",
        InventoryAdjustmentLineAdd=[
            line(QuantityAdjustment={"QuantityDifference": "-1"}),
        ],
    )
    row = made["InventoryAdjustmentLineRet"]
    assert (row["QuantityDifference"], row["ValueDifference"]) == ("-1", "-20.00")
    done(
        file,
        "InventoryAdjustmentAdd",
        AccountRef="Materials",
        InventoryAdjustmentLineAdd=line(QuantityAdjustment={"NewQuantity": "12"}),
    )
    assert on_hand(file) == 2  # ten were there from the start
    service = line("Setup", QuantityAdjustment={"NewQuantity": "1"})
    assert refused(file, "InventoryAdjustmentAdd", AccountRef="Materials", InventoryAdjustmentLineAdd=service) == 3280


def test_an_assembly_is_built_of_what_is_there():
    file = books()
    ask(
        file,
        request(
            "ItemInventoryAssemblyAdd",
            Name="Robot",
            IncomeAccountRef="Product Income",
            COGSAccountRef="Parts COGS",
            AssetAccountRef="Stock",
            ItemInventoryAssemblyLine=[{"ItemInventoryRef": "Widget", "Quantity": "4"}],
        ),
    )
    made = done(file, "BuildAssemblyAdd", ItemInventoryAssemblyRef="Robot", QuantityToBuild="2")
    assert (made["IsPending"], made["QuantityOnHand"], on_hand(file)) == ("false", "2", -8)
    many = {"ItemInventoryAssemblyRef": "Robot", "QuantityToBuild": "5"}
    assert refused(file, "BuildAssemblyAdd", **many) == 3180
    waits = done(file, "BuildAssemblyAdd", **many, MarkPendingIfRequired="true")
    assert (waits["IsPending"], on_hand(file)) == ("true", -8)
    file.delete_txn(made["TxnID"])
    assert (on_hand(file), on_hand(file, "Robot")) == (0, 0)


def test_hours_and_miles():
    file = books()
    made = done(
        file,
        "TimeTrackingAdd",
        EntityRef="Erin Lund",
        CustomerRef="Acme",
        ItemServiceRef="Setup",
        Duration="PT1H90M",
    )
    assert (made["Duration"], made["BillableStatus"]) == ("PT2H30M", "Billable")
    assert refused(file, "TimeTrackingAdd", EntityRef="Erin Lund", Duration="PT1H", BillableStatus="Billable") == 3150
    changed = done(
        file,
        "TimeTrackingMod",
        TxnID=made["TxnID"],
        EditSequence=made["EditSequence"],
        EntityRef="Erin Lund",
        Duration="PT3H",
    )
    assert changed["Duration"] == "PT3H0M"
    assert len(found(file, "TimeTracking", lines=False)) == 1


def test_sites_need_their_setting():
    file = books()
    body = request("TransferInventoryAdd", FromInventorySiteRef="A", ToInventorySiteRef="B")
    assert status(one(file, body)) == 3250


def test_sales_tax_is_paid():
    file = books()
    made = done(
        file,
        "SalesTaxPaymentCheckAdd",
        PayeeEntityRef="Supplies Inc",
        TxnDate="2026-02-03",
        BankAccountRef="Checking",
        IsToBePrinted="true",
        SalesTaxPaymentCheckLineAdd={"ItemSalesTaxRef": "San Mateo", "Amount": "8.24"},
    )
    assert made["Amount"] == "8.24"
    assert account(file, "Sales Tax Payable") == 8_24
    assert get(file, "SalesTaxPaymentCheck", made["TxnID"])["SalesTaxPaymentCheckLineRet"]["Amount"] == "8.24"


@pytest.mark.parametrize("act, code", [("Mod", 3171), ("Del", 3161), ("Void", 3171), ("Add", 3171)])
def test_a_closed_period_is_closed(act, code):
    file = books()
    made = entry(file, TxnDate="2025-12-31")
    file.settings.closing_date = "2025-12-31"
    kind = "<TxnDelType>JournalEntry</TxnDelType>" if act == "Del" else "<TxnVoidType>JournalEntry</TxnVoidType>"
    body = {
        "Add": request(
            "TransferAdd",
            TxnDate="2025-12-31",
            TransferFromAccountRef="Checking",
            TransferToAccountRef="Savings",
            Amount="1.00",
        ),
        "Mod": request("JournalEntryMod", TxnID=made["TxnID"], EditSequence=made["EditSequence"], TxnDate="2026-01-01"),
    }.get(act, f"<Txn{act}Rq>{kind}<TxnID>{made['TxnID']}</TxnID></Txn{act}Rq>")
    assert status(one(file, body)) == code
    assert account(file, "Rent") == 50_00


def test_the_generic_query_shows_summaries_and_rows():
    file = books()
    made = entry(file, RefNumber="J1")
    done(file, "InvoiceAdd", CustomerRef="Acme", InvoiceLineAdd=line("Setup", Quantity="2"))
    done(file, "EstimateAdd", CustomerRef="Acme", EstimateLineAdd=line("Setup"))

    def ask_for(inner, attributes=""):
        return [plain(each) for each in one(file, f"<TransactionQueryRq {attributes}>{inner}</TransactionQueryRq>")]

    everything = ask_for("<TransactionDetailLevelFilter>SummaryOnly</TransactionDetailLevelFilter>")
    assert sorted((each["TxnType"], each["Amount"]) for each in everything) == [
        ("Estimate", "75.00"),
        ("Invoice", "150.00"),
        ("JournalEntry", "50.00"),
    ]
    posting = ask_for("<TransactionPostingStatusFilter>NonPosting</TransactionPostingStatusFilter>")
    assert [each["TxnType"] for each in posting] == ["Estimate"]
    rows = ask_for("<TransactionTypeFilter><TxnTypeFilter>Invoice</TxnTypeFilter></TransactionTypeFilter>")
    assert [(each["AccountRef"]["FullName"], each["Amount"]) for each in rows] == [
        ("Accounts Receivable", "150.00"),
        ("Service Income", "-150.00"),
    ]
    named = ask_for(f"<TxnID>{made['TxnID']}</TxnID><TxnID>FF-1</TxnID>")
    assert {each["RefNumber"] for each in named} == {"J1"}
    pages = ask_for("<MaxReturned>1</MaxReturned>", 'iterator="Start"')
    assert len({each["TxnID"] for each in pages}) == 1


def test_classes_need_class_tracking():
    lines = [line("Setup", ClassRef="West")]
    assert refused(books(), "InvoiceAdd", CustomerRef="Acme", InvoiceLineAdd=lines) == 3250
    file = books(settings=Settings(class_tracking=True))
    file.add("Class", Name="West")
    made = done(file, "InvoiceAdd", CustomerRef="Acme", ClassRef="West", InvoiceLineAdd=lines)
    assert made["InvoiceLineRet"]["ClassRef"]["FullName"] == "West"


def test_without_sales_tax_there_is_none():
    file = books(settings=Settings(sales_tax=False))
    made = done(file, "InvoiceAdd", CustomerRef="Acme", InvoiceLineAdd=line(Quantity="2"))
    assert made["BalanceRemaining"] == "99.90"
    assert not {"SalesTaxTotal", "ItemSalesTaxRef", "CustomerSalesTaxCodeRef"} & made.keys()


def test_currencies_need_the_preference_and_come_from_the_customer():
    assert refused(books(), "InvoiceAdd", CustomerRef="Acme", ExchangeRate="1.1", InvoiceLineAdd=line()) == 3250
    file = books(settings=Settings(multi_currency=True))
    file.add_customer(Name="Paris", CurrencyRef="Euro")
    made = done(
        file, "InvoiceAdd", CustomerRef="Paris", ExchangeRate="1.2", InvoiceLineAdd=line("Setup", Amount="100.00")
    )
    assert (made["CurrencyRef"]["FullName"], made["ExchangeRate"]) == ("Euro", "1.2")
    assert (made["BalanceRemaining"], made["BalanceRemainingInHomeCurrency"]) == ("100.00", "120.00")
    assert balance(file, "Paris") == 100
    assert account(file, "Service Income") == -120_00


def test_lists_show_what_transactions_did():
    file = books()
    done(file, "InvoiceAdd", CustomerRef="Acme", InvoiceLineAdd=line(Quantity="4"))
    done(file, "SalesOrderAdd", CustomerRef="Acme", SalesOrderLineAdd=line(Quantity="2"))
    done(file, "PurchaseOrderAdd", VendorRef="Supplies Inc", PurchaseOrderLineAdd=line(Quantity="7"))
    done(file, "BillAdd", VendorRef="Supplies Inc", ExpenseLineAdd={"AccountRef": "Rent", "Amount": "30.00"})
    item = plain(one(file, "<ItemInventoryQueryRq><FullName>Widget</FullName></ItemInventoryQueryRq>")[0])
    assert [item[f"Quantity{name}"] for name in ("OnHand", "OnOrder", "OnSalesOrder")] == ["6", "7", "2"]
    names = ("Accounts Receivable", "Accounts Payable", "Sales Tax Payable", "Product Income", "Parts COGS", "Rent")
    asked = "".join(f"<FullName>{name}</FullName>" for name in names)
    accounts = [plain(each) for each in one(file, f"<AccountQueryRq>{asked}</AccountQueryRq>")]
    assert {each["FullName"]: each["Balance"] for each in accounts} == {
        "Accounts Receivable": "216.28",
        "Accounts Payable": "30.00",
        "Sales Tax Payable": "16.48",
        "Product Income": "199.80",
        "Parts COGS": "80.00",
        "Rent": "30.00",
    }
