"""Shared by the tests of transactions: a company with customers, vendors, items and accounts, and short ways to ask."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

from project.sandbox.desktop import CompanyFile
from project.sandbox.desktop.notation import Content, Element
from project.sandbox.desktop.rules import REQUESTS

from .support import ask, company, one, plain, status

TODAY = "2026-02-03"  # where the clock of a company stands
_ACCOUNTS = (
    ("Visa Card", "CreditCard"),
    ("Product Income", "Income"),
    ("Discounts Given", "Income"),
    ("Rent", "Expense"),
    ("Materials", "Expense"),
    ("Parts COGS", "CostOfGoodsSold"),
    ("Stock", "OtherCurrentAsset"),
)
_ITEMS = (
    ("Service", "Setup", "<SalesTaxCodeRef><FullName>Non</FullName></SalesTaxCodeRef>", "75.00", "Setup, per hour"),
    (
        "NonInventory",
        "Cable",
        "<SalesTaxCodeRef><FullName>Tax</FullName></SalesTaxCodeRef>",
        "3.335",
        "Cable, per foot",
    ),
    ("OtherCharge", "Shipping", "<SalesTaxCodeRef><FullName>Non</FullName></SalesTaxCodeRef>", "12.50", "Ground"),
)


def fields(**given: Any) -> str:
    """Elements in the order given; a dict is an aggregate, a list repeats, a str for a Ref is its full name."""
    return "".join(_element(name, value) for name, value in given.items() if value is not None)


def _element(name: str, value: Any) -> str:
    if isinstance(value, list | tuple):
        return "".join(_element(name, each) for each in value)
    if name.endswith("Ref") and isinstance(value, str):
        value = {"FullName": value} if value else {}
    inner = fields(**value) if isinstance(value, dict) else escape(str(value))
    return f"<{name}>{inner}</{name}>"


def request(name: str, **given: Any) -> str:
    """An Add or a Mod; the elements are put into the order that the request wants."""
    form = REQUESTS[name].content.by_name[name].inner
    assert form is not None
    return f"<{name}Rq><{name}>{fields(**_in_order(form, given))}</{name}></{name}Rq>"


def _in_order(form: Content, given: dict[str, Any]) -> dict[str, Any]:
    assert given.keys() <= form.by_name.keys(), given.keys() - form.by_name.keys()
    return {name: _inner(element, given[name]) for name, element in form.by_name.items() if name in given}


def _inner(element: Element, value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_inner(element, each) for each in value]
    return _in_order(element.inner, value) if element.inner is not None and isinstance(value, dict) else value


def done(file: CompanyFile, name: str, **given: Any) -> dict[str, Any]:
    """Send an Add or a Mod that must succeed; its Ret."""
    rs = one(file, request(name, **given))
    assert status(rs) == 0, rs.get("statusMessage")
    found: dict[str, Any] = plain(rs[0])
    return found


def refused(file: CompanyFile, name: str, **given: Any) -> int:
    """Send an Add or a Mod that must fail; its code. Nothing may have changed."""
    before = file.to_json()
    rs = one(file, request(name, **given))
    assert file.to_json() == before
    assert len(rs) == 0
    return status(rs)


def query(file: CompanyFile, kind: str, inner: str = "", attributes: str = "") -> Any:
    return one(file, f"<{kind}QueryRq {attributes}>{inner}</{kind}QueryRq>")


def found(file: CompanyFile, kind: str, inner: str = "", lines: bool = True) -> list[dict[str, Any]]:
    options = "<IncludeLineItems>true</IncludeLineItems>" if lines else ""
    if lines and kind in ("Invoice", "SalesOrder", "Estimate", "CreditMemo", "Bill", "PurchaseOrder", "ItemReceipt"):
        options += "<IncludeLinkedTxns>true</IncludeLinkedTxns>"
    return [plain(each) for each in query(file, kind, inner + options)]


def get(file: CompanyFile, kind: str, txn_id: str, lines: bool = True) -> dict[str, Any]:
    rows = found(file, kind, f"<TxnID>{txn_id}</TxnID>", lines)
    assert len(rows) == 1
    return rows[0]


def listed(value: Any) -> list[Any]:
    """Children of one name, however many there are."""
    return value if isinstance(value, list) else [] if value is None else [value]


def balance(file: CompanyFile, name: str = "Acme") -> Decimal:
    kept = file.find(name)
    assert kept is not None
    return Decimal(kept["Balance"])


def owed(file: CompanyFile, name: str = "Supplies Inc") -> Decimal:
    kept = file.find(name, "Vendor")
    assert kept is not None
    return Decimal(kept["Balance"])


def books(**options: Any) -> CompanyFile:
    """A company that can buy and sell; Enterprise unless another edition is asked for."""
    file = company(**{"edition": "Enterprise", **options})
    body = [request("AccountAdd", Name=name, AccountType=kind) for name, kind in _ACCOUNTS]
    for name in ("Acme", "Bolt"):
        body.append(
            request("CustomerAdd", Name=name, BillAddress={"Addr1": name, "City": "San Mateo"}, TermsRef="Net 30")
        )
    body.append(request("CustomerAdd", Name="Roof", ParentRef="Acme"))
    body.append(request("VendorAdd", Name="Supplies Inc", TermsRef="Net 15"))
    body.append(request("OtherNameAdd", Name="Landlord"))
    body.append(request("EmployeeAdd", FirstName="Erin", LastName="Lund"))
    body += _items(file.settings.sales_tax)
    for rs in ask(file, "".join(body)):
        assert status(rs) == 0, (rs.tag, rs.get("statusMessage"))
    return file


def _items(taxed: bool) -> list[str]:
    body = []
    for kind, name, code, price, desc in _ITEMS:
        account = "Service Income" if kind == "Service" else "Product Income"
        part = fields(SalesOrPurchase={"Desc": desc, "Price": price, "AccountRef": account})
        head = f"<Name>{name}</Name>{code if taxed else ''}"
        body.append(f"<Item{kind}AddRq><Item{kind}Add>{head}{part}</Item{kind}Add></Item{kind}AddRq>")
    code = {"SalesTaxCodeRef": "Tax"} if taxed else {}
    body.append(
        request(
            "ItemInventoryAdd",
            Name="Widget",
            **code,
            SalesDesc="Widget, 100 mm",
            SalesPrice="49.95",
            IncomeAccountRef="Product Income",
            PurchaseDesc="Widget, raw",
            PurchaseCost="20.00",
            COGSAccountRef="Parts COGS",
            AssetAccountRef="Stock",
            QuantityOnHand="10",
            TotalValue="200.00",
            InventoryDate="2026-01-01",
        )
    )
    body.append(request("ItemSubtotalAdd", Name="Subtotal", ItemDesc="Subtotal"))
    body.append(
        request(
            "ItemDiscountAdd",
            Name="Loyal",
            ItemDesc="10 % off",
            **code,
            DiscountRatePercent="10.0",
            AccountRef="Discounts Given",
        )
    )
    body.append(request("ItemDiscountAdd", Name="Voucher", **code, DiscountRate="5.00", AccountRef="Discounts Given"))
    lines = [{"ItemRef": "Widget", "Quantity": "2"}, {"ItemRef": "Setup", "Quantity": "1"}]
    body.append(request("ItemGroupAdd", Name="Kit", ItemDesc="A kit", IsPrintItemsInGroup="true", ItemGroupLine=lines))
    return body


def line(item: str = "Widget", **given: Any) -> dict[str, Any]:
    return {"ItemRef": item, **given}


def invoice(file: CompanyFile, *lines: dict[str, Any], customer: str = "Acme", **head: Any) -> dict[str, Any]:
    rows = list(lines) or [line(Quantity=1)]
    return done(file, "InvoiceAdd", CustomerRef=customer, **head, InvoiceLineAdd=rows)


def payment(
    file: CompanyFile, total: str, *applied: tuple[str, str], customer: str = "Acme", **head: Any
) -> dict[str, Any]:
    rows = [{"TxnID": txn_id, "PaymentAmount": amount} for txn_id, amount in applied]
    how = {"AppliedToTxnAdd": rows} if rows else {"IsAutoApply": "false"}
    return done(file, "ReceivePaymentAdd", CustomerRef=customer, TotalAmount=total, **head, **how)
