"""What a form's inputs hold, as text, and the record that they make; both ways, without losing what was typed.

Words    flat   input -> text: {"Name": "Pomona", "InvoiceLineAdd[1]/ItemRef": "Labour"}; lines count from 1
         box    an entry with one input: a value, a reference by its name, or a list with one value a line
         line   one of a repeated group
Rule     Pure. What an entry does not know is not shown in the form, and therefore not kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from syncapp.explorer.fields import Entry

IDS = ("ListID", "TxnID", "EditSequence", "FullName")
LINE_IDS = ("TxnLineID", "NoteID", "ListID", "EditSequence")
_LIST_ID = re.compile(r"[0-9A-F]{1,8}-[0-9]{10}").fullmatch
_LAST_INDEX = re.compile(r"\[\d+\]$")


def is_box(entry: Entry) -> bool:
    return entry.reference or not entry.children


def lines_of(flat: Mapping[str, str], key: str) -> list[int]:
    """The numbers of the lines that there are."""
    begins = f"{key}["
    found = {name[len(begins) :].partition("]")[0] for name in flat if name.startswith(begins)}
    return sorted(int(number) for number in found if number.isascii() and number.isdigit() and len(number) < 6)


def flatten(found: Iterable[Entry], data: Mapping[str, Any], above: str = "") -> dict[str, str]:
    """A record as the inputs show it."""
    flat: dict[str, str] = {}
    for entry in found:
        value, key = data.get(entry.name), above + entry.name
        if value is None or entry.refused:
            continue
        listed = value if isinstance(value, list) else [value]
        if is_box(entry):
            flat[key] = "\n".join(_shown(entry, each) for each in listed)
        elif not entry.repeats:
            flat |= flatten(entry.children, value if isinstance(value, Mapping) else {}, f"{key}/")
        else:
            for number, each in enumerate(listed, 1):
                inner = flatten(entry.children, each if isinstance(each, Mapping) else {}, f"{key}[{number}]/")
                flat |= inner or {f"{key}[{number}]/": ""}
    return flat


def _shown(entry: Entry, value: Any) -> str:
    if isinstance(value, Mapping):
        return str(value.get("FullName") or value.get("ListID") or "")
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def tidy(found: Sequence[Entry], flat: Mapping[str, str], above: str = "") -> dict[str, str]:
    """Without empty lines, and with the others numbered without gaps."""
    kept: dict[str, str] = {}
    for entry in found:
        key = above + entry.name
        if is_box(entry):
            if key in flat:
                kept[key] = flat[key]
        elif not entry.repeats:
            kept |= tidy(entry.children, flat, f"{key}/")
        else:
            full = [n for n in lines_of(flat, key) if _any(flat, f"{key}[{n}]/")]
            for number, old in enumerate(full, 1):
                inner = tidy(entry.children, flat, f"{key}[{old}]/")
                kept |= {f"{key}[{number}]/" + name.removeprefix(f"{key}[{old}]/"): v for name, v in inner.items()}
    return kept


def _any(flat: Mapping[str, str], begins: str) -> bool:
    return any(value.strip() for name, value in flat.items() if name.startswith(begins))


def gather(found: Iterable[Entry], flat: Mapping[str, str], above: str = "") -> dict[str, Any]:
    """The record that the inputs make; what is empty is left out."""
    data: dict[str, Any] = {}
    for entry in found:
        key = above + entry.name
        value: Any = None
        if is_box(entry):
            value = _value(entry, flat.get(key, ""))
        elif not entry.repeats:
            value = gather(entry.children, flat, f"{key}/")
        else:
            value = [gather(entry.children, flat, f"{key}[{number}]/") for number in lines_of(flat, key)]
        if value not in (None, "", [], {}):
            data[entry.name] = value
    return data


def _value(entry: Entry, text: str) -> Any:
    if entry.repeats:
        return [_one(entry, line.strip()) for line in text.splitlines() if line.strip()]
    return _one(entry, text if entry.type == "str" and text.strip() else text.strip())


def _one(entry: Entry, text: str) -> Any:
    if not entry.reference:
        return text
    return {"ListID" if _LIST_ID(text) else "FullName": text} if text else ""


def changed(found: Sequence[Entry], flat: Mapping[str, str], before: Mapping[str, str]) -> dict[str, Any]:
    """The part of a record that a person has changed, with the ids that name it; what was emptied is sent empty.

    A group goes whole if anything in it has changed. QuickBooks removes the lines that a change does not name, so that
    lines go all or not at all: those without a change by their id alone.
    """
    data: dict[str, Any] = {}
    lists = {_list_of(entry) for entry in found if _part(flat, entry.name, entry) != _part(before, entry.name, entry)}
    for entry in found:
        begins = f"{entry.name}/" if not is_box(entry) and not entry.repeats else entry.name
        mine, theirs = _part(flat, begins, entry), _part(before, begins, entry)
        if entry.name in IDS and mine.get(entry.name):
            data[entry.name] = mine[entry.name].strip()
        elif mine == theirs and not (mine and _list_of(entry) in lists - {""}):
            continue
        elif is_box(entry):
            data[entry.name] = _value(entry, flat.get(entry.name, ""))
        elif not entry.repeats:
            emptied = {key: "" for key in theirs if not mine.get(key)}
            data[entry.name] = gather(entry.children, flat, begins) | _cleared(entry, emptied)
        else:
            data[entry.name] = [_line(entry, flat, before, number) for number in lines_of(flat, entry.name)]
    return data


def _list_of(entry: Entry) -> str:
    """Lines, and groups of lines, that QuickBooks takes for one list; "" for what are no lines of a transaction."""
    if not entry.repeats or "TxnLineID" not in {child.name for child in entry.children}:
        return ""
    return "expenses" if entry.name.startswith("Expense") else "lines"


def _part(flat: Mapping[str, str], begins: str, entry: Entry) -> dict[str, str]:
    if is_box(entry):
        return {begins: flat[begins].strip()} if flat.get(begins, "").strip() else {}
    full = f"{begins}[" if entry.repeats else begins
    return {key: value.strip() for key, value in flat.items() if key.startswith(full) and value.strip()}


def _cleared(entry: Entry, emptied: Mapping[str, str]) -> dict[str, Any]:
    return {child.name: "" for child in entry.children if f"{entry.name}/{child.name}" in emptied}


def _line(entry: Entry, flat: Mapping[str, str], before: Mapping[str, str], number: int) -> dict[str, Any]:
    """A line by its id and what is new in it. Lines are known by their id, since others may be gone."""
    key = f"{entry.name}[{number}]/"
    whole = gather(entry.children, flat, key)
    ids = {name: whole[name] for name in LINE_IDS if name in whole}
    for old in lines_of(before, entry.name) if ids else ():
        there = gather(entry.children, before, f"{entry.name}[{old}]/")
        if all(there.get(name) == value for name, value in ids.items()):
            emptied = {name: "" for name in there if name not in whole and name not in LINE_IDS}
            return ids | {name: value for name, value in whole.items() if there.get(name) != value} | emptied
    return whole


def as_change(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record as a query brought it, with its parts called as a change calls them."""
    found: dict[str, Any] = {}
    for name, value in record.items():
        if name == "DataExtRet":
            continue
        if isinstance(value, Mapping):
            value = as_change(value)
        elif isinstance(value, list):
            value = [as_change(each) if isinstance(each, Mapping) else each for each in value]
        found[f"{name[:-3]}Mod" if name.endswith("Ret") else name] = value
    return found


def keys_above(key: str) -> Iterator[str]:
    """The key itself and the places around it, innermost first: where a problem may be shown."""
    while key:
        yield key
        bare = _LAST_INDEX.sub("", key)
        key = bare if bare != key else key.rpartition("/")[0]
