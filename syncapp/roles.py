"""Three roles, as groups that every migration makes: put a person into one, and they may do what it says.

    Viewer         sees everything but secrets, and changes nothing
    Operator       decides, links, tries again; runs, previews and approves; asks QuickBooks, adds and changes there
    Administrator  changes settings, makes secrets and tokens, deletes in QuickBooks, and manages people

Rule     a role's permissions are put back at each migration; for other ones, make a group of your own
"""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.models import Group, Permission

OURS = ("qbwc", "syncapp", "explorer")
# People, too: whoever may change users can give anybody any right.
PEOPLE = ("add_user", "change_user", "delete_user", "view_user", "view_group")
OPERATES = {
    "syncapp": ("change_link", "run_pair"),
    "qbwc": ("change_request",),
    "explorer": ("add_job", "change_job", "add_savedoperation", "change_savedoperation"),
}


def _views(app: str, codename: str) -> bool:
    return app in OURS and codename.startswith("view_")


def _operates(app: str, codename: str) -> bool:
    return _views(app, codename) or codename in OPERATES.get(app, ())


def _administers(app: str, codename: str) -> bool:
    return app in OURS or (app == "auth" and codename in PEOPLE)


ROLES: dict[str, Callable[[str, str], bool]] = {
    "Viewer": _views,
    "Operator": _operates,
    "Administrator": _administers,
}


def ensure_roles() -> None:
    permissions = Permission.objects.filter(content_type__app_label__in=(*OURS, "auth"))
    known = list(permissions.values_list("pk", "content_type__app_label", "codename"))
    for name, grants in ROLES.items():
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.set([pk for pk, app, codename in known if grants(app, codename)])
