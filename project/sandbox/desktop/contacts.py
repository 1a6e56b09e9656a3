"""Phones, mail addresses, further contacts and notes, which qbXML 12.0 shows in two places.

A phone number is Phone, and since 12.0 it is also an AdditionalContactRef called "Main Phone". Whichever is sent
last counts; names that belong to no field of their own are kept beside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import errors

if TYPE_CHECKING:
    from .company_file import CompanyFile

LABELS = {
    "Phone": "Main Phone",
    "AltPhone": "Work Phone",
    "Fax": "Fax",
    "Email": "Main Email",
    "Cc": "CC Email",
}
CONTACT_VALUE_LENGTH_MAX = 255  # a mail address may be longer in its own field
_FIELDS = {label: field for field, label in LABELS.items()}
_HANDLED = ("AdditionalContactRef", "Contacts", "ContactsMod", "AdditionalNotes", "AdditionalNotesMod")

Data = dict[str, Any]


def handles(field: str) -> bool:
    return field in _HANDLED


def merge(file: CompanyFile, kept: Data, field: str, value: list[Data]) -> None:
    if field == "AdditionalContactRef":
        _additional(kept, value)
    elif field == "Contacts":
        kept["ContactsRet"] = [_new_contact(file, each) for each in value]
    elif field == "ContactsMod":
        kept["ContactsRet"] = [_changed_contact(file, kept, each) for each in value]
    elif field == "AdditionalNotes":
        kept["AdditionalNotesRet"] = [_new_note(file, each) for each in value]
    else:
        _change_notes(kept, value)


def _additional(kept: Data, value: list[Data]) -> None:
    others = []
    for each in value:
        field = _FIELDS.get(each["ContactName"])
        if field is None:
            others.append(each)
        elif each["ContactValue"]:
            kept[field] = each["ContactValue"]
        else:
            kept.pop(field, None)
    kept["AdditionalContactRef"] = others


def listed(data: Data) -> list[Data]:
    """The AdditionalContactRefs of a record: its own fields first, then the others."""
    own = [
        {"ContactName": label, "ContactValue": data[field][:CONTACT_VALUE_LENGTH_MAX]}
        for field, label in LABELS.items()
        if field in data
    ]
    return own + data.get("AdditionalContactRef", [])


def _stamps(file: CompanyFile) -> Data:
    now = file.clock.unix()
    stamp = file.time.stamp(now)
    return {"TimeCreated": stamp, "TimeModified": stamp, "EditSequence": str(now)}


def _with_name(contact: Data) -> Data:
    name = " ".join(contact[part] for part in ("FirstName", "LastName") if contact.get(part))
    return {**{key: value for key, value in contact.items() if value}, "Contact": name[:41]}


def _new_contact(file: CompanyFile, sent: Data) -> Data:
    return _with_name({"ListID": file.next_contact_id(), **_stamps(file), **sent})


def _changed_contact(file: CompanyFile, kept: Data, sent: Data) -> Data:
    old = next((each for each in kept.get("ContactsRet", ()) if each["ListID"] == sent["ListID"]), None)
    if old is None:
        raise errors.not_found(sent["ListID"])
    if old["EditSequence"] != sent["EditSequence"]:
        raise errors.stale(sent["EditSequence"])
    sequence = max(file.clock.unix(), int(old["EditSequence"]) + 1)
    changed = {**old, **sent, "TimeModified": file.time.stamp(file.clock.unix()), "EditSequence": str(sequence)}
    return _with_name(changed)


def _new_note(file: CompanyFile, sent: Data) -> Data:
    return {"NoteID": str(file.next_note_id()), "Date": file.time.day(file.clock.unix()), "Note": sent["Note"]}


def _change_notes(kept: Data, value: list[Data]) -> None:
    notes = {each["NoteID"]: each for each in kept.get("AdditionalNotesRet", ())}
    for each in value:
        if each["NoteID"] not in notes:
            raise errors.not_found(each["NoteID"])
        notes[each["NoteID"]] = {**notes[each["NoteID"]], "Note": each["Note"]}
    kept["AdditionalNotesRet"] = list(notes.values())
