"""What deployed pages a user meets: the list views of an object, and the tabs."""

from __future__ import annotations

from typing import Any

from .call import Call
from .schema import SObject
from .wire import Response

STANDARD_TABS = ("Account", "Contact", "Opportunity", "Product2", "Quote", "Order")


def list_views(call: Call, sobject: SObject) -> Response:
    if call.method != "GET":
        raise call.method_refused("HEAD,GET")
    base = f"/services/data/v{call.version}/sobjects/{sobject.name}/listviews"
    pages = [page for (kind, _), page in call.org.pages.items() if kind == "ListView" and page.sobject == sobject.name]
    shown = [
        {
            "developerName": page.name.partition(".")[2],
            "label": page.label,
            "soqlCompatible": True,
            "url": f"{base}/{page.name.partition('.')[2]}",
        }
        for page in pages
    ]
    body = {"done": True, "listviews": shown, "nextRecordsUrl": None, "size": len(shown), "sobjectType": sobject.name}
    return Response(200, body)


def tabs(call: Call) -> Response:
    """The standard tabs, and the custom ones that a permission set shows to this user."""
    if call.method != "GET":
        raise call.method_refused("HEAD,GET")
    shown = {name for each in call.org.granted(call.user_id) for name, how in each.tabs.items() if how != "None"}
    found = [_tab(name, call.org.schema[name].plural, custom=False) for name in STANDARD_TABS]
    for (kind, name), page in call.org.pages.items():
        if kind == "CustomTab" and name in shown:
            found.append(_tab(page.sobject, page.label, custom=True))
    return Response(200, found)


def _tab(sobject: str, label: str, *, custom: bool) -> dict[str, Any]:
    name = sobject if custom else f"standard-{sobject}"
    return {"custom": custom, "label": label, "name": name, "sobjectName": sobject}
