"""Every field that an Add of any kind may hold is taken and shown again by its Ret, if the Ret has such a field."""

from __future__ import annotations

from typing import Any

import pytest

from project.sandbox.desktop import CompanyFile, Settings
from project.sandbox.desktop.notation import Choice, Content, Element
from project.sandbox.desktop.rules import REQUESTS, RETS
from project.sandbox.desktop.txns.kinds import KINDS
from project.sandbox.desktop.txns.lines import sent_rows

from .books import books, done, fields, get, invoice, line, listed
from .support import ask, one, plain, status

# What each reference points to. Whatever is not here is left out.
NAMED = {
    "CustomerRef": "Acme",
    "VendorRef": "Supplies Inc",
    "EntityRef": "Acme",
    "PayeeEntityRef": "Supplies Inc",
    "ItemRef": "Widget",
    "ItemServiceRef": "Setup",
    "ItemGroupRef": "Kit",
    "ItemInventoryAssemblyRef": "Robot",
    "ItemSalesTaxRef": "San Mateo",
    "ClassRef": "West",
    "TermsRef": "Net 60",
    "SalesRepRef": "EL",
    "ShipMethodRef": "UPS",
    "CustomerMsgRef": "Thank you for your business.",
    "CustomerSalesTaxCodeRef": "Tax",
    "SalesTaxCodeRef": "Tax",
    "PaymentMethodRef": "Check",
    "ARAccountRef": "Accounts Receivable",
    "APAccountRef": "Accounts Payable",
    "AccountRef": "Materials",
    "BankAccountRef": "Checking",
    "CreditCardAccountRef": "Visa Card",
    "DepositToAccountRef": "Savings",
    "RefundFromAccountRef": "Checking",
    "TransferFromAccountRef": "Checking",
    "TransferToAccountRef": "Savings",
    "OverrideItemAccountRef": "Product Income",
    "InventorySiteRef": "North",
    "FromInventorySiteRef": "North",
    "ToInventorySiteRef": "South",
    "VehicleRef": "Van",
    "ShipToEntityRef": "Acme",
}
BY_KIND = {
    "Check": {"AccountRef": "Checking"},
    "CreditCardCharge": {"AccountRef": "Visa Card"},
    "CreditCardCredit": {"AccountRef": "Visa Card"},
    "TimeTracking": {"EntityRef": "Erin Lund"},
    "Deposit": {"PaymentTxnID": None},
    "VehicleMileage": {"ItemRef": "Setup"},
}
VALUES = {
    "bool": "true",
    "date": "2026-02-04",
    "moment": "2026-02-04T10:00:00",
    "amount": "12.00",
    "price": "6.00",
    "quantity": "2",
    "percent": "5.00",
    "float": "1",
    "guid": "{0F0E6B1C-7C1B-4B0E-9C58-0B7B5F0C2D11}",
    "interval": "PT1H30M",
    "int": "1",
}
# They need what a single new transaction cannot have, or are no fields of it.
LEFT_OUT = frozenset(
    (
        *("LinkToTxnID", "SetCredit", "LinkToTxn", "DataExt", "IsAutoApply", "TxnLineID"),
        *("CurrencyRef", "ExchangeRate", "UnitOfMeasure", "SerialNumber", "LotNumber", "OptionForPriceRuleConflict"),
        *("InventorySiteLocationRef", "PayrollItemWageRef", "TemplateRef", "IsPending", "IsHomeCurrencyAdjustment"),
        *(
            "IsAmountsEnteredInHomeCurrency",
            "ApplyCheckToTxnAdd",
            "ApplyCheckToTxnMod",
            "PriceLevelRef",
        ),
        *("SerialNumberAdjustment", "LotNumberAdjustment", "PaymentTxnLineID", "RatePercent", "TxnLineDetail"),
        *(
            "Addr3",
            "Addr4",
            "Addr5",
            "DiscountClassRef",
            "FromInventorySiteLocationRef",
            "ToInventorySiteLocationRef",
            "MarkupRatePercent",
        ),
    )
)
# Worked out anew, or shown under another name or in another form.
NOT_SHOWN_AS_SENT = frozenset(("Amount", "Rate", "Cost", "QuantityToTransfer", "MarkupRate", "Duration", "TaxAmount"))


def world() -> CompanyFile:
    file = books(settings=Settings(class_tracking=True, multi_site=True))
    file.add("Class", Name="West")
    file.add("SalesRep", Initial="EL", SalesRepEntityRef="Erin Lund")
    file.add("Vehicle", Name="Van")
    for name in ("North", "South"):
        file.add("InventorySite", Name=name)
    file.add(
        "ItemInventoryAssembly",
        Name="Robot",
        IncomeAccountRef="Product Income",
        COGSAccountRef="Parts COGS",
        AssetAccountRef="Stock",
        ItemInventoryAssemblyLine=[{"ItemInventoryRef": "Widget", "Quantity": 1}],
    )
    return file


def filled(content: Content, kind: str, extra: dict[str, Any], branch: int) -> dict[str, Any]:
    """Everything in the order of the rule; of a choice, the first branch or the last."""
    found: dict[str, Any] = {}
    for part in content.parts:
        if isinstance(part, Choice):
            wanted = part.branches if branch == 0 else part.branches[::-1]
            values = [value for each in wanted if (value := filled(each, kind, extra, branch))]
            for value in values if part.mixed else values[:1]:
                found |= value
        elif part.name not in LEFT_OUT and (not part.countries or "US" in part.countries):
            value = one_value(part, kind, extra, branch)
            if value not in (None, {}):
                found[part.name] = value
    return found


def one_value(element: Element, kind: str, extra: dict[str, Any], branch: int) -> Any:
    if element.name in extra:
        return extra[element.name]
    if element.kind == "ref":
        return BY_KIND.get(kind, {}).get(element.name, NAMED.get(element.name))
    if element.inner is not None:
        rows = (
            {} if kind not in BY_KIND else {"AccountRef": NAMED["AccountRef"], "ItemRef": "Widget", "EntityRef": "Acme"}
        )
        return filled(element.inner, kind, {**extra, **rows}, branch)
    if element.kind == "enum":
        return element.options[0]
    return VALUES.get(element.kind, element.name[: element.limit or 8])


def extras(file: CompanyFile, kind: str) -> dict[str, Any]:
    """Ids of what a payment pays or a deposit takes."""
    if kind == "ReceivePayment":
        return {"AppliedToTxnAdd": {"TxnID": invoice(file, line("Setup"))["TxnID"], "PaymentAmount": "12.00"}}
    if kind == "ARRefundCreditCard":
        credit = done(file, "CreditMemoAdd", CustomerRef="Acme", CreditMemoLineAdd=line("Setup"))
        return {"RefundAppliedToTxnAdd": {"TxnID": credit["TxnID"], "RefundAmount": "12.00"}}
    if kind in ("BillPaymentCheck", "BillPaymentCreditCard"):
        row = {"AccountRef": "Rent", "Amount": "50.00"}
        made = done(file, "BillAdd", VendorRef="Supplies Inc", ExpenseLineAdd=row)
        return {"AppliedToTxnAdd": {"TxnID": made["TxnID"], "PaymentAmount": "12.00"}}
    if kind == "Deposit":
        receipt = done(file, "SalesReceiptAdd", SalesReceiptLineAdd=line("Setup"))
        return {"PaymentTxnID": receipt["TxnID"]}
    if kind == "BuildAssembly":
        return {"MarkPendingIfRequired": "true"}
    return {}


def compare(sent: dict[str, Any], shown: dict[str, Any], content: Content, where: str) -> list[str]:
    """The fields that were sent, could be shown and are not, or differently."""
    wrong = []
    for name, value in sent.items():
        element = content.by_name.get(name)
        if element is None or name in NOT_SHOWN_AS_SENT or isinstance(value, list):
            continue
        if element.kind == "ref":
            if shown.get(name, {}).get("FullName") != value:
                wrong.append(f"{where}.{name}")
        elif isinstance(value, dict) and element.inner is not None:
            held = listed(shown.get(name))
            wrong += compare(value, held[0], element.inner, f"{where}.{name}") if held else [f"{where}.{name}"]
        elif shown.get(name) != value:
            wrong.append(f"{where}.{name}: {value!r} is shown as {shown.get(name)!r}")
    return wrong


@pytest.mark.parametrize("branch", [0, 1])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if f"{kind}Add" in REQUESTS])
def test_everything_that_an_add_holds_is_shown(kind, branch):
    file = world()
    form = REQUESTS[f"{kind}Add"].content.by_name[f"{kind}Add"].inner
    assert form is not None
    sent = filled(form, kind, extras(file, kind), branch)
    assert len(sent) >= 4
    rs = one(file, f"<{kind}AddRq><{kind}Add>{fields(**sent)}</{kind}Add></{kind}AddRq>")
    assert status(rs) == 0, (rs.get("statusMessage"), sent)
    shown = plain(rs[0])
    content = RETS[kind]
    wrong = compare(sent, shown, content, kind)
    for rows in KINDS[kind].rows:
        for name, ret in ((rows.add, rows.ret), (rows.group_add, rows.group_ret)):
            element = content.by_name.get(ret)
            if name in sent and element is not None and element.inner is not None:
                wrong += compare(sent[name], listed(shown[ret])[0], element.inner, ret)
    assert wrong == []


@pytest.mark.parametrize("kind", [kind for kind in KINDS if f"{kind}Mod" in REQUESTS])
def test_a_mod_that_changes_nothing_changes_nothing(kind):
    """With all lines named, in their order; nothing but the stamps may differ."""
    file = world()
    form = REQUESTS[f"{kind}Add"].content.by_name[f"{kind}Add"].inner
    assert form is not None
    sent = filled(form, kind, extras(file, kind), 0)
    made = plain(one(file, f"<{kind}AddRq><{kind}Add>{fields(**sent)}</{kind}Add></{kind}AddRq>")[0])
    file.clock.advance(60)
    must = {"EntityRef": "Erin Lund", "Duration": "PT1H30M"} if kind == "TimeTracking" else {}
    changed = done(file, f"{kind}Mod", TxnID=made["TxnID"], EditSequence=made["EditSequence"], **must)
    assert changed["EditSequence"] != made["EditSequence"]
    stamps = ("EditSequence", "TimeModified")
    assert {k: v for k, v in changed.items() if k not in stamps} == {k: v for k, v in made.items() if k not in stamps}
    again = get(file, kind, made["TxnID"], lines=False)
    assert again["TxnID"] == made["TxnID"]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if f"{kind}Mod" in REQUESTS])
def test_everything_that_a_mod_holds_is_shown(kind):
    """All of the head, and all fields of the first row; the others are kept by their ids."""
    file = world()
    form = REQUESTS[f"{kind}Add"].content.by_name[f"{kind}Add"].inner
    change = REQUESTS[f"{kind}Mod"].content.by_name[f"{kind}Mod"].inner
    assert form is not None
    assert change is not None
    extra = extras(file, kind)
    sent = filled(form, kind, extra, 0)
    made = plain(one(file, f"<{kind}AddRq><{kind}Add>{fields(**sent)}</{kind}Add></{kind}AddRq>")[0])
    head = {"TxnID": made["TxnID"], "EditSequence": made["EditSequence"]}
    skipped = {"ClearExpenseLines", "ClearItemLines", "CreateChangeOrder", "CreditCardTxnInfoMod", "CashBackInfoMod"}
    skipped |= {name for rows in KINDS[kind].rows for name in rows.names} | {"AppliedToTxnMod", "RemovePending"}
    sent = {name: value for name, value in filled(change, kind, extra, 0).items() if name not in skipped}
    changed = done(file, f"{kind}Mod", **{**sent, **head})
    shown = {name: value for name, value in sent.items() if name not in head}
    assert compare(shown, changed, RETS[kind], kind) == []


@pytest.mark.parametrize("kind", [kind for kind, each in KINDS.items() if any(row.group_mod for row in each.rows)])
def test_everything_that_the_row_of_a_mod_holds_is_shown(kind):
    file = world()
    rows = KINDS[kind].rows[-1]
    form = REQUESTS[f"{kind}Add"].content.by_name[f"{kind}Add"].inner
    change = REQUESTS.get(f"{kind}Mod")
    ret = RETS[kind].by_name[rows.ret].inner
    assert form is not None
    assert change is not None
    assert ret is not None
    head = {name: value for name, value in filled(form, kind, {}, 0).items() if name not in rows.names}
    made = done(file, f"{kind}Add", **{**head, rows.add: [line("Widget"), line("Cable")]})
    changed_form = change.content.by_name[f"{kind}Mod"].inner
    assert changed_form is not None
    inner = changed_form.by_name[rows.mod].inner
    assert inner is not None
    first, second = made[rows.ret]
    sent = {**filled(inner, kind, {"ItemRef": "Cable"}, 0), "TxnLineID": first["TxnLineID"]}
    ids = {"TxnID": made["TxnID"], "EditSequence": made["EditSequence"]}
    changed = done(file, f"{kind}Mod", **ids, **{rows.mod: [sent, {"TxnLineID": second["TxnLineID"]}]})
    assert compare(sent, changed[rows.ret][0], ret, rows.ret) == []
    assert changed[rows.ret][1] == second


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_is_found_and_deleted(kind):
    file = world()
    form = REQUESTS[f"{kind}Add"].content.by_name[f"{kind}Add"].inner
    assert form is not None
    sent = filled(form, kind, extras(file, kind), 0)
    before = {name: value for name, value in file.txns.balances.items() if value}
    made = plain(one(file, f"<{kind}AddRq><{kind}Add>{fields(**sent)}</{kind}Add></{kind}AddRq>")[0])
    queried = ask(file, f"<{kind}QueryRq metaData='MetaDataAndResponseData'/>")[0]
    assert made["TxnID"] in [each.findtext("TxnID") for each in queried]
    if kind == "Transfer":
        file.delete_txn(made["TxnID"])  # the request has no word for it
    else:
        body = f"<TxnDelRq><TxnDelType>{kind}</TxnDelType><TxnID>{made['TxnID']}</TxnID></TxnDelRq>"
        assert status(one(file, body)) == 0
    assert {name: value for name, value in file.txns.balances.items() if value} == before
    assert file.txns.get(made["TxnID"]) is None


def test_rows_are_read_in_the_order_of_the_document():
    data = {"ExpenseLineAdd": [{"a": 1}], "lines": [("ItemLineAdd", {"b": 2}), ("Other", {})]}
    assert sent_rows(data, ("ItemLineAdd", "ExpenseLineAdd", "")) == [
        ("ItemLineAdd", {"b": 2}),
        ("ExpenseLineAdd", {"a": 1}),
    ]
