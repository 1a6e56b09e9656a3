"""Price levels, percentages, subtotals, taxes of several authorities, and discounts for paying early."""

from __future__ import annotations

from .books import balance, books, done, invoice, line, refused
from .support import ask, one, plain


def amounts(made):
    return [each["Amount"] for each in made["InvoiceLineRet"]]


def test_a_customers_price_level_and_that_of_a_line():
    file = books()
    file.edit_customer(file.find("Acme")["ListID"], PriceLevelRef="Trade")
    file.add("PriceLevel", Name="Half", PriceLevelFixedPercentage="-50.0")
    made = invoice(file, line(Quantity="2"), line(Quantity="2", PriceLevelRef="Half"), line(Rate="49.95"))
    assert [each["Rate"] for each in made["InvoiceLineRet"]] == ["44.96", "24.98", "49.95"]
    assert amounts(made) == ["89.92", "49.96", "49.95"]
    assert all("PriceLevelRef" not in each for each in made["InvoiceLineRet"])


def test_a_price_level_of_single_items():
    file = books()
    file.add("PriceLevel", Name="Special", PriceLevelPerItem=[{"ItemRef": "Widget", "CustomPrice": "40.00"}])
    made = invoice(file, line(PriceLevelRef="Special"), line("Setup", PriceLevelRef="Special"))
    assert [each["Rate"] for each in made["InvoiceLineRet"]] == ["40.00", "75.00"]


def test_without_price_levels_none_can_be_named():
    file = books()
    file.settings.price_levels = False
    assert refused(file, "InvoiceAdd", CustomerRef="Acme", InvoiceLineAdd=line(PriceLevelRef="Trade")) == 3250


def test_a_charge_of_a_percentage_looks_at_the_line_above():
    file = books()
    file.add(
        "ItemOtherCharge",
        Name="Rush",
        SalesTaxCodeRef="Non",
        SalesOrPurchase={"PricePercent": "15.0", "AccountRef": "Service Income"},
    )
    made = invoice(file, line("Setup", Quantity="2"), line("Rush"), line("Setup", RatePercent="-10"))
    assert amounts(made) == ["150.00", "22.50", "-2.25"]
    assert [each.get("RatePercent") for each in made["InvoiceLineRet"]] == [None, "15.00", "-10.00"]


def test_a_second_subtotal_adds_up_everything():
    made = invoice(
        books(),
        line("Setup"),
        line("Subtotal"),
        line("Setup", Quantity="2"),
        line("Subtotal"),
        line("Subtotal"),
        line("Shipping"),
    )
    assert amounts(made) == ["75.00", "75.00", "150.00", "150.00", "225.00", "12.50"]
    assert made["Subtotal"] == "237.50"


def test_a_payment_item_and_a_tax_item_as_rows():
    file = books()
    file.add("ItemPayment", Name="Cash down")
    made = invoice(file, line("Setup", Quantity="2"), line("San Mateo"), line("Cash down", Amount="50.00"))
    assert amounts(made) == ["150.00", "12.38", "-50.00"]
    assert made["BalanceRemaining"] == "112.38"
    assert str(balance(file)) == "112.38"
    assert sum(file.txns.balances.values()) == 0


def test_a_total_below_zero_is_refused():
    rows = [line("Setup", Amount="-1.00")]
    assert refused(books(), "InvoiceAdd", CustomerRef="Acme", InvoiceLineAdd=rows) == 3180


def test_a_group_of_taxes_is_one_percentage():
    file = books()
    file.add("ItemSalesTax", Name="County", TaxRate="1.5", TaxVendorRef="Supplies Inc")
    file.add("ItemSalesTaxGroup", Name="Both", ItemSalesTaxRef=["San Mateo", "County"])
    made = invoice(file, line(Quantity="2"), ItemSalesTaxRef="Both")
    assert (made["SalesTaxPercentage"], made["SalesTaxTotal"]) == ("9.75", "9.74")


def test_another_tax_item_changes_the_tax():
    file = books()
    file.add("ItemSalesTax", Name="None", TaxRate="0.0")
    made = invoice(file, line(Quantity="2"))
    changed = done(file, "InvoiceMod", TxnID=made["TxnID"], EditSequence=made["EditSequence"], ItemSalesTaxRef="None")
    assert (changed["SalesTaxTotal"], changed["BalanceRemaining"]) == ("0.00", "99.90")


def test_terms_suggest_a_discount_for_paying_early():
    file = books()
    file.add("StandardTerms", Name="2% 10", StdDueDays=30, StdDiscountDays=10, DiscountPct="2.0")
    made = invoice(file, line("Setup", Quantity="2"), TermsRef="2% 10")
    assert (made["SuggestedDiscountAmount"], made["SuggestedDiscountDate"]) == ("3.00", "2026-02-13")


def test_changed_terms_move_the_day():
    file = books()
    made = invoice(file)
    head = {"TxnID": made["TxnID"], "EditSequence": made["EditSequence"]}
    changed = done(file, "InvoiceMod", **head, TermsRef="Net 60")
    assert changed["DueDate"] == "2026-04-04"
    head["EditSequence"] = changed["EditSequence"]
    assert done(file, "InvoiceMod", **head, DueDate="2026-02-20")["DueDate"] == "2026-02-20"


def test_the_books_balance_to_the_cent_at_home():
    file = books()
    body = "".join(
        f"<InvoiceAddRq><InvoiceAdd><CustomerRef><FullName>Acme</FullName></CustomerRef><InvoiceLineAdd><ItemRef>"
        f"<FullName>Cable</FullName></ItemRef><Quantity>{number}.3</Quantity></InvoiceLineAdd></InvoiceAdd></InvoiceAddRq>"
        for number in range(1, 20)
    )
    ask(file, body)
    assert sum(file.txns.balances.values()) == 0


def abroad(country="CA"):
    """Codes with a tax for what is sold and another for what is bought."""
    file = books(country=country)
    for name, rate in (("GST", "5.0"), ("HST", "13.0")):
        file.add("ItemSalesTax", Name=name, TaxRate=rate, TaxVendorRef="Supplies Inc")
        file.add("SalesTaxCode", Name=name[0], IsTaxable=True, ItemSalesTaxRef=name, ItemPurchaseTaxRef=name)
    return file


def test_in_canada_each_row_has_its_tax():
    file = abroad()
    made = invoice(
        file,
        line("Setup", Quantity="2", SalesTaxCodeRef="G"),
        line("Setup", Quantity="1", SalesTaxCodeRef="H"),
        line("Setup", Quantity="1", SalesTaxCodeRef="Non"),
    )
    assert (made["Subtotal"], made["SalesTaxTotal"], made["BalanceRemaining"]) == ("300.00", "17.25", "317.25")
    assert "SalesTaxPercentage" not in made
    assert sum(file.txns.balances.values()) == 0


def test_amounts_may_hold_the_tax_already():
    file = abroad("UK")
    row = line("Setup", Amount="113.00", SalesTaxCodeRef="H")
    made = invoice(file, row, IsTaxIncluded="true")
    assert (made["Subtotal"], made["SalesTaxTotal"], made["BalanceRemaining"]) == ("100.00", "13.00", "113.00")
    bill = done(
        file,
        "BillAdd",
        VendorRef="Supplies Inc",
        ExpenseLineAdd={"AccountRef": "Rent", "Amount": "100.00", "SalesTaxCodeRef": "H"},
    )
    assert bill["AmountDue"] == "113.00"
    assert sum(file.txns.balances.values()) == 0


def test_tax_is_owed_to_its_agency_until_it_is_paid():
    file = books()
    file.add("Vendor", Name="State")
    for name, rate in (("One", "6.0"), ("Two", "1.25")):
        file.add("ItemSalesTax", Name=name, TaxRate=rate, TaxVendorRef="State")
    file.add("ItemSalesTaxGroup", Name="Pair", ItemSalesTaxRef=["One", "Two"])
    invoice(file, line("Cable", Amount="100.00"), ItemSalesTaxRef="Pair", TxnDate="2026-01-31")
    gone = invoice(file, line("Cable", Amount="10.00"), ItemSalesTaxRef="Pair", TxnDate="2026-01-31")
    file.void_txn(gone["TxnID"])

    def owed(inner=""):
        return [plain(each) for each in one(file, f"<SalesTaxPayableQueryRq>{inner}</SalesTaxPayableQueryRq>")]

    rows = owed()
    assert [(each["PayeeEntityRef"]["FullName"], each["Amount"]) for each in rows] == [("State", "7.25")]
    assert [each["Amount"] for each in rows[0]["SalesTaxPayableLineRet"]] == ["6.00", "1.25"]
    assert owed("<AsOfDate>2026-01-30</AsOfDate>") == []
    done(
        file,
        "SalesTaxPaymentCheckAdd",
        PayeeEntityRef="State",
        TxnDate="2026-02-03",
        BankAccountRef="Checking",
        IsToBePrinted="true",
        SalesTaxPaymentCheckLineAdd={"ItemSalesTaxRef": "One", "Amount": "6.00"},
    )
    assert [each["Amount"] for each in owed()] == ["1.25"]
