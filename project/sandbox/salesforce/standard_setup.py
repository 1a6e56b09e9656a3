"""What describes an org itself and who may do what in it: users, stages, record types, currencies, permission sets."""

from __future__ import annotations

from typing import Any

from .fields import fixed, flag, lookup, make_object, number, pick, text
from .schema import Field, SObject

CLOSED: dict[str, Any] = {"createable": False, "updateable": False, "deletable": False}
ZONES = ("America/New_York", "GMT")


def setup_objects(*, multi_currency: bool) -> list[SObject]:
    found = [*_people(multi_currency), *_picklists(), *_permissions()]
    return [*found, *_currencies()] if multi_currency else found


def _people(multi_currency: bool) -> list[SObject]:
    user = [
        text("Username", 80, nillable=False),
        text("LastName", 80, nillable=False),
        text("FirstName", 40),
        fixed("Name", "string", length=121, name_field=True),
        Field("Email", "email", length=128),
        flag("IsActive"),
        text("Alias", 8),
        pick("TimeZoneSidKey", ZONES, 40, default="GMT"),
    ]
    organization = [
        text("Name", 80, name_field=True),
        flag("IsSandbox"),
        text("InstanceName", 5),
        text("OrganizationType", 40, default="Enterprise Edition"),
        text("NamespacePrefix", 15),
        pick("DefaultLocaleSidKey", ("en_US",), 40, default="en_US"),
        pick("TimeZoneSidKey", ZONES, 40, default="GMT"),
    ]
    if multi_currency:
        user.append(text("DefaultCurrencyIsoCode", 3))
    return [
        make_object("User", "005", user, **CLOSED),
        make_object("Organization", "00D", organization, **CLOSED, replicateable=False),
    ]


def _picklists() -> list[SObject]:
    stage = [
        text("MasterLabel", 255, name_field=True),
        text("ApiName", 255),
        flag("IsActive", default=True),
        Field("SortOrder", "int"),
        flag("IsClosed"),
        flag("IsWon"),
        number("DefaultProbability", "percent", 3, 0),
        pick("ForecastCategoryName", ("Pipeline", "Best Case", "Commit", "Omitted", "Closed"), 40),
    ]
    record_type = [
        text("Name", 80, name_field=True),
        text("DeveloperName", 80),
        text("Description", 255),
        text("SobjectType", 40),
        flag("IsActive"),
        flag("IsPersonType"),
    ]
    return [
        make_object("OpportunityStage", "01J", stage, **CLOSED, replicateable=False),
        make_object("RecordType", "012", record_type, **CLOSED, replicateable=False),
    ]


def _permissions() -> list[SObject]:
    permission_set = [
        text("Name", 80, nillable=False, name_field=True),
        text("Label", 80),
        text("Description", 255),
        flag("IsCustom", default=True),
        flag("IsOwnedByProfile"),
    ]
    assignment = [
        lookup("PermissionSetId", "PermissionSet", "PermissionSet", "Assignments", nillable=False, cascade=True),
        lookup("AssigneeId", "User", "Assignee", "PermissionSetAssignments", nillable=False),
    ]
    return [
        make_object("PermissionSet", "0PS", permission_set, **CLOSED, replicateable=False),
        make_object("PermissionSetAssignment", "0Pa", assignment, updateable=False, replicateable=False),
    ]


def _currencies() -> list[SObject]:
    """Both may be written by an administrator's program; a currency is never deleted, only made inactive."""
    kind = [
        text("IsoCode", 3, label="Currency ISO Code", nillable=False, updateable=False, name_field=True),
        number("ConversionRate", "double", 18, 6, nillable=False),
        Field("DecimalPlaces", "int", nillable=False, defaulted=True, default=2),
        flag("IsActive", default=True),
        fixed("IsCorporate", "boolean", nillable=False, defaulted=True, default=False),
    ]
    rate = [
        text("IsoCode", 3, label="Currency ISO Code", nillable=False, updateable=False),
        Field("StartDate", "date", nillable=False),
        fixed("NextStartDate", "date"),
        number("ConversionRate", "double", 18, 6, nillable=False),
    ]
    return [
        make_object("CurrencyType", "01L", kind, deletable=False, replicateable=False),
        make_object("DatedConversionRate", "04w", rate, replicateable=False),
    ]
