"""Sales: won Opportunities become invoices, sales orders, sales receipts or estimates, and stay in step with them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from syncapp.flows.base import COMMON, Flow, Setting, on
from syncapp.mapping import line_fields, sale_source
from syncapp.mapping.sales import DELETED, NO_TYPE, SALES, TYPES
from syncapp.records import Side

KIND = SALES.kind
PREFIX_LENGTH_MAX = 5  # RefNumbers have eleven characters, and six of them tell opportunities apart


def judge(settings: Mapping[str, Any]) -> str:
    for name, read in (("since", date.fromisoformat), ("started", datetime.fromisoformat)):
        try:
            if settings[name]:
                read(settings[name])
        except ValueError:
            return f"{name} is “{settings[name]}”, but must be a date such as 2026-01-31."
    if len(settings["prefix"]) > PREFIX_LENGTH_MAX:
        return f"prefix is “{settings['prefix']}”, but may have {PREFIX_LENGTH_MAX} characters."
    home = settings["home_currency"]
    if home and not (len(home) == 3 and home.isascii() and home.isalpha() and home.isupper()):
        return f"home_currency is “{home}”, but must be an ISO code of three letters, such as USD."
    if settings["discounts"] == "line" and not settings["discount_item"].strip():
        return "discounts = “line” needs discount_item: the full name of a discount item in QuickBooks."
    if problem := line_fields.problem(settings):
        return problem
    for name, chosen in settings["record_types"].items():
        if chosen not in (*TYPES, NO_TYPE):
            return f"record_types.{name} is “{chosen}”, but may be: {', '.join((*TYPES, NO_TYPE))}."
    if problem := sale_source.judge(settings):
        return problem
    if settings["from_invoices"]:
        return _judge_opportunities(settings)
    return ""


def _judge_opportunities(settings: Mapping[str, Any]) -> str:
    since = settings["invoices_since"]
    try:
        known = date.fromisoformat(since).isoformat() == since
    except ValueError:
        known = False
    if not known:
        return f"from_invoices needs invoices_since, a date such as 2026-01-31; it is “{since}”."
    if settings["direction"] == "to_quickbooks":
        return "from_invoices makes opportunities in Salesforce, and direction says that nothing is written there."
    if not settings["opportunity_name"].strip():
        return "opportunity_name is empty, but every opportunity needs a name."
    return ""


def creates_in(settings: Mapping[str, Any]) -> frozenset[Side]:
    return frozenset(Side) if settings["from_invoices"] else frozenset({Side.QUICKBOOKS})


_COMMON = tuple(each for each in COMMON if each.name not in ("on_delete", "near_matches"))

FLOW = Flow(
    kind=KIND,
    mapping=SALES,
    gone_values={"status": DELETED},
    judge=judge,
    creates_in=creates_in,
    settings=(
        on(False, "Won opportunities become transactions in QuickBooks."),
        *_COMMON,
        Setting(
            "source",
            sale_source.OPPORTUNITY,
            (),
            "What becomes transactions: opportunity, quote, order, or a custom object by its API name, as in Deal__c.",
        ),
        Setting(
            "ready",
            "",
            (),
            "Which quotes, orders or records do so, in SOQL. Empty: quotes with Status = 'Accepted', orders with "
            "StatusCode = 'Activated'; of opportunities, those that are won.",
        ),
        Setting(
            "source_fields",
            {},
            (),
            "Of a custom object: account, date, amount, and its lines (an object) with parent, product, quantity, "
            "price, discount, description, service_date, tax_code, each by API name.",
        ),
        Setting("type", "Invoice", TYPES, "What an opportunity becomes on which no transaction type is chosen."),
        Setting(
            "record_types",
            {},
            (),
            "By the name of a record type, what its opportunities become on which no type is chosen; None: nothing.",
        ),
        Setting("since", "", (), "A date: opportunities closed since then are sent, too; empty: only what is new."),
        Setting("started", "", (), "When the flow was switched on; noted by the application itself."),
        Setting("condition", "", (), "A SOQL condition on them: only those become transactions."),
        Setting(
            "numbers",
            "quickbooks",
            ("quickbooks", "salesforce", "prefix"),
            "Document numbers: QuickBooks counts; QB_Number__c as it is on the opportunity, if it has at most 11 "
            "characters; or, else, the prefix and six characters made from the opportunity's id.",
        ),
        Setting("prefix", "SF-", (), "What such a number begins with; five characters at most."),
        Setting(
            "duplicate_numbers",
            "next",
            ("next", "ask"),
            "Where a new transaction's number is used already: the next free one (-1, -2 …), or a person is asked.",
        ),
        Setting("memo", "Salesforce {source} {id}", (), "The memo of a new transaction; {source}, {id}: the sale's."),
        Setting("terms", "", (), "Terms of new transactions; empty: the customer's."),
        Setting("class", "", (), "The class of new transactions, by its full name."),
        Setting("sales_rep", "", (), "The sales rep of new transactions, by initials; empty: the customer's."),
        Setting("template", "", (), "The template of new transactions; empty: QuickBooks's default."),
        Setting("tax_item", "", (), "The sales tax item of new transactions, by its name; empty: the customer's."),
        Setting(
            "home_currency",
            "",
            (),
            "The ISO code of QuickBooks's own currency; empty: USD, CAD or GBP, by its country's edition.",
        ),
        Setting("tax_code", "", (), "The sales tax code of new lines; empty: the item's."),
        Setting(
            "discounts",
            "rate",
            ("rate", "line"),
            "A line's discount reduces its rate, or becomes a line of its own below it.",
        ),
        Setting(
            "line_fields",
            {},
            (),
            "Further fields of lines: a field of the opportunity's products = an element of QuickBooks's lines, such "
            f"as Class__c = ClassRef. There are {', '.join(line_fields.ELEMENTS)}, and custom:NAME to Salesforce only.",
        ),
        Setting("discount_item", "", (), "The discount item of such lines, by its full name."),
        Setting(
            "from_invoices",
            False,
            (),
            "Invoices of QuickBooks that came from no opportunity become won opportunities with products.",
        ),
        Setting("invoices_since", "", (), "The date of the first invoice that does so, such as 2026-01-31."),
        Setting("stage", "", (), "The stage of such opportunities, a won one; empty: the org's first that is won."),
        Setting("opportunity_name", "Invoice {number}", (), "Their name; {number} is the invoice's."),
        Setting("price_book", "", (), "The price book of their products, by its name; empty: the standard one."),
        Setting(
            "on_delete",
            "mark",
            ("mark", "nothing", "unlink"),
            "What follows a deletion in QuickBooks: the opportunity's status says so, nothing, or it is let go.",
        ),
        Setting("near_matches", "ignore", ("ignore",), "Transactions are tied by their ids alone."),
        Setting("duplicates", "stop", ("stop", "save"), "What to do when Salesforce's duplicate rules object."),
        Setting("careful", [], (), "Fields for which Salesforce's version is checked record by record."),
    ),
)
