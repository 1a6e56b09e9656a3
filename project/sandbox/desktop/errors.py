"""The two ways in which QuickBooks says no, and its words for each.

Words    Refused   the whole document is thrown back (a COM error with an HRESULT); nothing was executed
         Fault     one request ends with a status code of its own; the others are not touched
"""

from __future__ import annotations

HRESULTS = {
    "0x80040400": "QuickBooks found an error when parsing the provided XML text stream.",
    "0x80040401": "Could not access QuickBooks.",
    "0x80040402": 'Unexpected error. Check the "qbsdklog.txt" file for possible, additional information.',
    "0x80040403": "Could not open the specified QuickBooks company data file.",
    "0x80040408": "Could not start QuickBooks.",
    "0x8004040A": "QuickBooks company data file is already open and it is different from the one requested.",
    "0x8004040C": "A BeginSession request has not been made, or it failed.",
    "0x8004040D": "The session ticket is not valid.",
    "0x80040413": 'The "rollbackOnError" value is not supported.',
    "0x80040414": "A modal dialog box is showing in the QuickBooks user interface. "
    "Your application cannot access QuickBooks until the user dismisses the dialog box.",
    "0x80040416": 'If QuickBooks is not running, a call to "BeginSession" must include the name of the data file.',
    "0x80040417": 'If the QuickBooks company data file is not open, a call to "BeginSession" must include its name.',
    "0x80040418": "This application has not accessed this QuickBooks company data file before. "
    "The QuickBooks administrator must grant it permission the first time.",
    "0x8004041A": "This application does not have permission to access this QuickBooks company data file.",
    "0x8004041D": "This application is not allowed to log into this QuickBooks company data file automatically.",
    "0x80040420": "The QuickBooks user has denied access.",
    "0x80040422": "This application requires single user file access mode and someone else uses the file.",
    "0x80040423": "The version of qbXML that was requested is not supported or is unknown.",
    "0x80010108": "The object invoked has disconnected from its clients.",
    "0x80040424": "QuickBooks did not finish its initialization. Please try again later.",
}

# What follows "QuickBooks error message:" where a record that is pointed at does not exist.
NO_RECORD = "  QuickBooks error message: Invalid argument.  The specified record does not exist in the list."


class Refused(Exception):
    """QuickBooks threw the document (or the session) back as a whole and did nothing."""

    def __init__(self, hresult: str, detail: str = "") -> None:
        self.hresult = hresult
        self.message = HRESULTS.get(hresult, "Unexpected error.")
        # The real message never says where the mistake is; this is for people who read a test's failure.
        self.detail = detail
        super().__init__(f"{hresult} {self.message} ({detail})" if detail else f"{hresult} {self.message}")


class Fault(Exception):
    """One request could not be done, for the reason that its status code and message give."""

    def __init__(self, code: int, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(f"{code} {message}")

    @property
    def severity(self) -> str:
        return severity(self.code)


def severity(code: int) -> str:
    if code >= 1000:
        return "Error"
    return "Warn" if code >= 500 else "Info"


def too_long(value: str, field: str) -> Fault:
    return Fault(3070, f'The string "{value}" in the field "{field}" is too long.')


def unknown_choice(value: str, field: str) -> Fault:
    return Fault(3110, f'The enumerated value "{value}" in the field "{field}" is unknown or invalid.')


def bad_id(value: str, field: str) -> Fault:
    return Fault(3000, f'The given object ID "{value}" in the field "{field}" is invalid.')


def not_converted(code: int, what: str, value: str, field: str) -> Fault:
    return Fault(code, f'There was an error when converting the {what} value "{value}" in the field "{field}".')


def bad_name(name: str) -> Fault:
    return Fault(3090, f'There was an error when storing "{name}" in the "Name" field.')


def name_in_use(name: str) -> Fault:
    return Fault(3100, f'The name "{name}" of the list element is already in use.')


def not_found(list_id: str) -> Fault:
    return Fault(3120, f'Object "{list_id}" specified in the request cannot be found.{NO_RECORD}')


def bad_parent(name: str, list_name: str) -> Fault:
    return Fault(3130, f'There is an invalid reference to a parent "{name}" in the {list_name} list.{NO_RECORD}')


def bad_reference(what: str, name: str, where: str) -> Fault:
    return Fault(3140, f'There is an invalid reference to QuickBooks {what} "{name}" in the {where}.{NO_RECORD}')


def missing(field: str) -> Fault:
    return Fault(3150, f'There is a missing element: "{field}".')


def in_use(list_id: str, what: str) -> Fault:
    return Fault(
        3175,
        f'There was an error when {what} "{list_id}" because it is already in use.  '
        "QuickBooks error message: The list element is in use.",
    )


def stale(sequence: str) -> Fault:
    return Fault(3200, f'The provided edit sequence "{sequence}" is out-of-date. ')


def not_available() -> Fault:
    return Fault(3250, "This feature is not enabled or not available in this version of QuickBooks.")


def conflicting(field: str) -> Fault:
    return Fault(3153, f'The element "{field}" is in conflict with another one, or with what the object is.')


def wrong_account(name: str, field: str) -> Fault:
    return Fault(3153, f'The account "{name}" in the field "{field}" is not of the type that is needed.')


def wrong_item(name: str, field: str) -> Fault:
    return Fault(3280, f'The item "{name}" in the field "{field}" is not of the type that is needed here.')


def no_account(field: str) -> Fault:
    return Fault(3270, f'There is a missing posting account: "{field}".')


def not_saved(code: int, list_name: str, name: str, why: str) -> Fault:
    return Fault(
        code,
        f'There was an error when saving a {list_name} list, element "{name}".  QuickBooks error message: {why}',
    )


def invalid(field: str, value: str, why: str) -> Fault:
    return Fault(3210, f'The "{field}" field has an invalid value "{value}".  QuickBooks error message: {why}')


def not_supported() -> Fault:
    return Fault(1030, "This request is not supported by this implementation.")


def bad_iterator(iterator_id: str) -> Fault:
    return Fault(3391, f'The iteratorID "{iterator_id}" is not valid.')
