"""The form of a record type and an action: what is drawn, with what was typed and what is wrong with it.

Words    box     one input
         group   inputs that belong together, such as an address
         lines   a group that may come several times
         one of  a choice: only the inputs of one branch may be filled in
         key     where a box stands: "InvoiceLineAdd[2]/ItemRef"; in HTML it is called "d:" and its key
Rule     Pure. The essential comes first and the rest is folded; whatever is filled in or wrong is unfolded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from syncapp.explorer.admin import essentials, values
from syncapp.explorer.fields import EXACT, Entry
from syncapp.explorer.problems import Problem

BLANK = "__n__"  # the number of the line from which the page's script makes new ones
LONG = 255
LABEL_MAX = 50
FIND, FILTERS = "Find by", "Filters"
# Types whose help is shown below the input, and those of which the input shows a sample.
TOLD = ("str", "id", "interval", "guid")
SAMPLES = {"amount": "0.00", "reference": "Name, or ListID"}
DATE = re.compile(r"\d{4}-\d{2}-\d{2}").fullmatch
DATETIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?").fullmatch


@dataclass
class Node:
    kind: str  # box, group, lines, oneof, branch
    key: str
    label: str
    entry: Entry | None = None
    value: str = ""
    widget: str = ""
    required: bool = False
    chosen: bool = False  # of a branch: the one that is shown
    problems: list[Problem] = field(default_factory=list)
    children: list[Node] = field(default_factory=list)
    more: list[Node] = field(default_factory=list)
    blank: Node | None = None  # of lines: what a new one looks like

    @property
    def parts(self) -> list[Node]:
        return [*self.children, *self.more]

    @property
    def filled(self) -> bool:
        return bool(self.value.strip()) or any(part.filled for part in self.parts)

    @property
    def troubled(self) -> bool:
        return bool(self.problems) or any(part.troubled for part in self.parts)

    @property
    def unfolded(self) -> bool:
        """Whether what is folded must be seen at once."""
        return any(part.filled or part.troubled for part in self.more)

    @property
    def wide(self) -> bool:
        return self.kind != "box" or self.widget == "textarea"

    @property
    def hint(self) -> str:
        """What its input does not say by itself."""
        return self.entry.help if self.entry and self.entry.type in TOLD else ""

    @property
    def title(self) -> str:
        """Of a line, without its number."""
        return essentials.label(self.entry) if self.entry else self.label

    @property
    def sample(self) -> str:
        return SAMPLES.get(self.entry.type, "") if self.entry else ""


@dataclass
class Form:
    record_type: str
    action: str
    nodes: list[Node]
    more: list[Node]
    absent: list[tuple[str, str]]  # label, and why this QuickBooks has it not
    problems: list[Problem]  # those that belong to no box

    @property
    def unfolded(self) -> bool:
        return any(node.filled or node.troubled for node in self.more)


def draw(
    record_type: str,
    action: str,
    found: Sequence[Entry],
    flat: Mapping[str, str],
    *,
    problems: Iterable[Problem] = (),
    lines: Mapping[str, int] | None = None,
    branches: Mapping[str, str] | None = None,
) -> Form:
    """``lines``: how many of each list are shown at least. ``branches``: which branch of a choice was chosen."""
    pencil = _Pencil(flat, lines or {}, branches or {})
    there = [entry for entry in found if not entry.refused and entry.name not in essentials.HIDDEN]
    absent = [(essentials.label(entry), entry.refused) for entry in found if entry.refused]
    essential = partial(essentials.is_essential, record_type, action)
    nodes = pencil.nodes([entry for entry in there if essential(entry)])
    more = pencil.nodes([entry for entry in there if not essential(entry)])
    form = Form(record_type, action, nodes, more, absent, [])
    places = {node.key: node for node in _all([*nodes, *more]) if node.kind in ("box", "group", "lines")}
    for problem in problems:
        key = next((key for key in values.keys_above(problem.path) if key in places), "")
        (places[key] if key else form).problems.append(problem)
    return form


def _all(nodes: Iterable[Node]) -> Iterable[Node]:
    for node in nodes:
        yield node
        yield from _all(node.parts)


class _Pencil:
    def __init__(self, flat: Mapping[str, str], lines: Mapping[str, int], branches: Mapping[str, str]) -> None:
        self.flat, self.lines, self.branches = flat, lines, branches

    def nodes(self, found: Sequence[Entry], above: str = "", depth: int = 0, must: bool = True) -> list[Node]:
        """Narrow boxes first, then what is wider; those of one choice become one node.

        ``must``: what holds them is there in any case, so that what they require is required.
        """
        drawn: list[Node] = []
        seen: set[str] = set()
        for entry in found:
            if len(entry.alternatives) <= depth:
                drawn.append(self.node(entry, above, must))
                continue
            choice = entry.alternatives[depth].choice
            if choice not in seen:
                seen.add(choice)
                inside = [e for e in found if len(e.alternatives) > depth and e.alternatives[depth].choice == choice]
                drawn.append(self.choice(inside, above, depth, must))
        return sorted(drawn, key=_breadth)

    def choice(self, found: Sequence[Entry], above: str, depth: int, must: bool) -> Node:
        place = found[0].alternatives[depth]
        by_branch: dict[int, list[Entry]] = {}
        for entry in found:
            by_branch.setdefault(entry.alternatives[depth].branch, []).append(entry)
        key = f"{above}{place.choice}"
        branches = []
        for number, inside in by_branch.items():
            nodes = self.nodes(inside, above, depth + 1, must=False)
            if len(nodes) == 1 and nodes[0].kind == "group":
                nodes = nodes[0].children  # the branch is called as the group is
            branches.append(Node("branch", str(number), _branch_label(inside), children=nodes))
        if len(branches) == 1:
            return Node("group", key, branches[0].label, children=branches[0].children)
        wanted = self.branches.get(key, "")
        best = max(range(len(branches)), key=lambda i: _preference(by_branch[int(branches[i].key)]))
        chosen = next((b for b in branches if b.filled), None) or next((b for b in branches if b.key == wanted), None)
        (chosen or branches[best]).chosen = True
        return Node("oneof", key, _choice_label(branches), children=branches, required=place.required and must)

    def node(self, entry: Entry, above: str, must: bool) -> Node:
        key = above + entry.name
        label, needed = essentials.label(entry), entry.required and must
        if values.is_box(entry):
            value = self.flat.get(key, "")
            return Node("box", key, label, entry, value, _widget(entry, value), needed)
        if not entry.repeats:
            node = Node("group", key, label, entry, required=needed)
            node.children = self.nodes(_offered(entry.children), f"{key}/", must=needed)
            if len(node.children) == 1 and node.children[0].kind == "oneof":
                node.children[0].label = label
                return node.children[0]
            return node
        node = Node("lines", key, label, entry, required=needed)
        there = values.lines_of(self.flat, key)
        wanted = max(self.lines.get(key, 0), len(there), 1 if entry.required else 0)
        node.children = [self.line(entry, f"{key}[{number}]/", number) for number in range(1, wanted + 1)]
        node.blank = _Pencil({}, {}, {}).line(entry, f"{key}[{BLANK}]/", 0)
        return node

    def line(self, entry: Entry, above: str, number: int) -> Node:
        children = _offered(entry.children)
        few = len(children) <= 8
        first = [child for child in children if few or essentials.in_line(child)] or list(children)
        rest = [child for child in children if child not in first]
        line = Node("group", above.removesuffix("/"), f"{essentials.label(entry)} {number or ''}".strip(), entry)
        line.children, line.more = self.nodes(first, above), self.nodes(rest, above)
        return line


def _offered(found: Iterable[Entry]) -> list[Entry]:
    return [entry for entry in found if not entry.refused and entry.name not in essentials.HIDDEN]


def _breadth(node: Node) -> int:
    """What takes a whole row stands behind what does not, so that no row is left half empty."""
    if node.kind == "box":
        return int(node.widget == "textarea")
    if node.kind == "oneof":
        if node.label == FIND:
            return -1
        inner = [part for branch in node.children for part in branch.children]
        return 2 if len(inner) > len(node.children) or any(part.kind != "box" for part in inner) else 0
    return 3 if node.kind == "group" else 4


def _choice_label(branches: Sequence[Node]) -> str:
    names = [branch.label for branch in branches]
    if FILTERS in names:
        return FIND
    names = [names[0], *(f"{name[0].lower()}{name[1:]}" for name in names[1:])]
    told = f"{', '.join(names[:-1])} or {names[-1]}"
    return told if len(told) <= LABEL_MAX else "One of these"


def _branch_label(found: Sequence[Entry]) -> str:
    if len(found) == 1:
        return essentials.label(found[0])
    if len(found) > 3:
        return FILTERS
    names = [essentials.label(entry) for entry in found]
    return f"{names[0]} and {names[1][0].lower()}{names[1][1:]}" if len(names) == 2 else ", ".join(names)


def _preference(found: Sequence[Entry]) -> tuple[bool, int, int]:
    """Of several branches, people want filters rather than ids, and names rather than ids."""
    names = {entry.name for entry in found}
    return len(found) > 3, len(found) if names.isdisjoint({"ListID", "TxnID"}) else 0, int("FullName" in names)


def _widget(entry: Entry, value: str) -> str:
    """A value that its proper input would not take is shown as text, so that it is not lost."""
    if entry.repeats or (entry.type == "str" and (entry.limit or 0) > LONG and entry.name not in ("Email", "Cc")):
        return "textarea"
    if entry.values:
        return "select"
    if entry.type == "bool":
        return "bool" if value in ("", "true", "false") else "text"
    if entry.type == "date":
        return "date" if not value or DATE(value) else "text"
    if entry.type == "datetime":
        return "datetime-local" if not value or DATETIME(value) else "text"
    if entry.type == "int" or entry.type in EXACT:
        return "number"
    return "reference" if entry.reference else "text"
