"""Whatever comes back: a value or BadResponse, and memory that stays small.

Each damaged response is a seed: run one again with FUZZ_SEED=…; --profile long makes hundreds of thousands.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from qbwc import answers
from qbwc.qbxml import build, parse, read
from qbwc.qbxml.errors import BadRequest, BadResponse

from .damage import damaged, samples, seeds

ROOT = Path(__file__).resolve().parents[2]
CHUNKS = 8  # so that several workers share the work
HOW_MANY = {"dev": 400, "ci": 1000, "long": 40_000}  # in each chunk


def readings(document: bytes):
    """Each way to take a response, called with it; what every result must be like is checked here, too."""
    text = document.decode("utf-8", "surrogateescape")
    yield "read", lambda: _checked(read.read(document))
    yield "read of text", lambda: _checked(read.read(text))
    yield "stream", lambda: list(read.stream(document))
    yield "stream of a file", lambda: list(read.stream(io.BytesIO(document)))
    yield "look", lambda: _whole(text, answers.look(text))
    yield "request", lambda: read.request(document)
    yield "check", lambda: build.check(text)


def _checked(answer: read.Answer) -> read.Answer:
    assert all(isinstance(result.status, int) for result in answer.results)
    json.dumps([ret.data for result in answer.results for ret in result.records], default=str)
    return answer


def _whole(text: str, found: answers.Answers) -> answers.Answers:
    """Numbers fit into a table's column, and a part's place in the text holds that part and no other."""
    assert found.message_set_status is None or 0 <= found.message_set_status < 2**31
    for part in found.parts:
        assert all(number is None or 0 <= number < 2**31 for number in (part.status, part.count, part.remaining))
        piece = text[part.start : part.end]
        assert piece.startswith(f"<{part.name}Rs")
        assert piece.endswith(">")
    ends = [part.end for part in found.parts]
    assert all(part.start >= end for part, end in zip(found.parts[1:], ends, strict=False))
    return found


@pytest.fixture
def how_many(request) -> int:
    return HOW_MANY[request.config.getoption("--profile")]


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_a_damaged_response_is_a_value_or_a_bad_response(chunk, how_many):
    outcomes: Counter[str] = Counter()
    for seed, document in damaged(seeds(chunk * how_many, how_many)):
        for name, reading in readings(document):
            try:
                reading()
                outcomes[name] += 1
            except (BadResponse, BadRequest):
                continue
            except Exception as problem:
                raise AssertionError(f"FUZZ_SEED={seed} {name}: {problem!r}") from problem
        outcomes["all"] += 1
    # Damage that nothing survives, or that everything survives, would test little.
    if outcomes["all"] > 1:
        assert 0.02 < outcomes["read"] / outcomes["all"] < 0.9, outcomes


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_what_look_and_read_make_of_a_response_agrees(chunk, how_many):
    """What is settled by one is consumed by the other later."""
    for seed, document in damaged(seeds(chunk * how_many, how_many)):
        text = document.decode("utf-8", "replace")
        if parse.blanked(text.encode()) != text.encode():
            continue  # what XML forbids is blank for one and gone for the other
        try:
            whole = read.read(text)
            seen = answers.look(text)
        except BadResponse:
            continue
        told = [(r.name, r.request_id, r.status, r.message, r.iterator_id) for r in whole.results]
        assert told == [(p.name, p.request_id, p.status, p.message, p.iterator_id) for p in seen.parts], f"{seed=}"


def test_every_undamaged_response_is_read_and_looked_at():
    for document in samples():
        assert len(read.read(document).results) == len(answers.look(document.decode()).parts)


def test_the_same_seed_makes_the_same_damage():
    some = list(damaged(range(50)))
    assert some == list(damaged(range(50)))
    assert len({document for _, document in some}) > 45


# Document types ------------------------------------------------------------------------

RIGHT = samples()[0].decode()
DOCTYPE = '<!DOCTYPE QBXML [<!ENTITY e "x">]>'
BARE = RIGHT.removeprefix('<?xml version="1.0" ?>')


@pytest.mark.parametrize(
    "document",
    [
        DOCTYPE + BARE,
        '<?xml version="1.0" ?>' + DOCTYPE + BARE,
        "<!DOCTYPE QBXML>" + BARE,
        "\ufeff \n" + DOCTYPE + BARE,
        f"<!--{'x' * 5000}-->" + DOCTYPE + BARE,
        "<?a b?>" * 1000 + DOCTYPE + BARE,
        " " * 5000 + DOCTYPE + BARE,
        f"<!-- <QBXML> -->{DOCTYPE}{BARE}",
        f'<?xml version="1.0" encoding="utf-7"?>{BARE}'.replace("<QBXML>", "+ADwAIQ-DOCTYPE QBXML+AD4-<QBXML>"),
        '<?xml version="1.0" standalone=">" ?>' + DOCTYPE + BARE,
        DOCTYPE + BARE.replace("Route", "&e;" * 10),
        DOCTYPE + BARE.replace("Status OK", "&e;"),
        DOCTYPE + BARE + " " * 3_000_000,
    ],
    ids=range(13),
)
def test_a_document_type_is_refused_wherever_it_stands(document):
    for reading in (read.read, answers.look, lambda text: list(read.stream(text.encode()))):
        with pytest.raises(BadResponse):
            reading(document)
    with pytest.raises(BadResponse):
        read.read(document.encode())


# Places in the text --------------------------------------------------------------------


@pytest.mark.parametrize(
    "before",
    [
        "",
        "\ufeff\n ",
        "<!-- <CustomerAddRs requestID='7'></CustomerAddRs> -->",
        "<?a <CustomerAddRs/> ?>",
        "<!-- “é” -->",
    ],
)
def test_a_part_is_found_at_its_place(before):
    text = before + BARE.replace("Sons", "<![CDATA[</CustomerAddRs>]]>") if before else RIGHT
    one, two = answers.look(text).parts
    assert text[one.start : one.end].startswith('<CustomerAddRs requestID="7"')
    assert text[one.start : one.end].endswith("</CustomerRet>\n</CustomerAddRs>")
    assert text[two.start : two.end].startswith('<InvoiceQueryRs requestID="8"')
    assert text[two.start : two.end].endswith("</InvoiceRet>\n</InvoiceQueryRs>")


def test_empty_and_repaired_parts_are_found_at_their_places():
    text = '<QBXML><QBXMLMsgsRs><ARs requestID="1"/><BRs><x/></BRs><CRs\n></CRs ></QBXMLMsgsRs></QBXML>'
    pieces = ['<ARs requestID="1"/>', "<BRs><x/></BRs>", "<CRs\n></CRs >"]
    assert [text[part.start : part.end] for part in answers.look(text).parts] == pieces
    text = text.replace("<x/>", "é&#x1F;\x0b").replace('"1"', '"&#0;1"')
    pieces = ['<ARs requestID="&#0;1"/>', "<BRs>é&#x1F;\x0b</BRs>", "<CRs\n></CRs >"]
    assert [text[part.start : part.end] for part in answers.look(text).parts] == pieces


def test_what_is_told_twice_or_without_a_status_answers_nothing():
    inner = (
        '<ARs requestID="1" statusCode="0"/><ARs requestID="1" statusCode="3100"/><BRs requestID="2" statusCode="x"/>'
    )
    seen = answers.look(f'<QBXML><QBXMLMsgsRs>{inner}<CRs requestID="3" statusCode="0"/></QBXMLMsgsRs></QBXML>')
    assert len(seen.parts) == 4
    assert list(seen.by_request()) == ["3"]


# Bombs ---------------------------------------------------------------------------------

MEASURE = """
import resource, sys
from qbwc import answers
from qbwc.qbxml import build, read
from qbwc.qbxml.errors import BadRequest, BadResponse
from tests.qbxml.test_hostile import BOMBS
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
read.read(BOMBS["small"]()); answers.look(BOMBS["small"]()); build.check("<HostQueryRq/>")
text = BOMBS[sys.argv[1]]()
data = text.encode()
before = peak()
for name, reading in {
    "look": lambda: answers.look(text), "read": lambda: read.read(data),
    "stream": lambda: sum(1 for _ in read.stream(data)), "check": lambda: build.check(data),
}.items():
    try:
        reading()
    except (BadRequest, BadResponse):
        pass
print(len(data) / 2**20, peak() - before)
"""
MEMORY_TIMES = 60  # of what came; a hundred thousand attributes of one element need the most
LOL = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


def in_a_record(inner: str) -> str:
    return f"<QBXML><QBXMLMsgsRs><CustomerQueryRs statusCode='0'>{inner}</CustomerQueryRs></QBXMLMsgsRs></QBXML>"


BOMBS = {
    "small": lambda: RIGHT,
    "a billion laughs": lambda: f'<!DOCTYPE QBXML [<!ENTITY l0 "lol">{LOL}]>' + BARE.replace("Route", "&l9;"),
    "laughs in an attribute": lambda: f'<!DOCTYPE QBXML [<!ENTITY l0 "lol">{LOL}]>' + BARE.replace("Status OK", "&l9;"),
    "one long entity": lambda: (
        f'<!DOCTYPE QBXML [<!ENTITY e "{"x" * 100_000}">]>' + BARE.replace("Route", "&e;" * 50_000)
    ),
    "deep": lambda: in_a_record("<a>" * 1_000_000),
    "deep outside": lambda: "<QBXML>" + "<a>" * 1_000_000,
    "many attributes": lambda: in_a_record("<CustomerRet " + " ".join(f'a{n}="1"' for n in range(100_000)) + "/>"),
    "long names": lambda: in_a_record(f"<{'x' * 4_000_000}/>"),
    "a long text": lambda: in_a_record(f"<CustomerRet><Notes>{'x' * 8_000_000}</Notes></CustomerRet>"),
    "references": lambda: in_a_record("<CustomerRet><Notes>" + "&#65;" * 1_000_000 + "</Notes></CustomerRet>"),
    "many records": lambda: in_a_record("<CustomerRet/>" * 100_000),
    "many elements": lambda: in_a_record("<CustomerRet>" + "<a/>" * 300_000 + "</CustomerRet>"),
    "many parts": lambda: "<QBXML><QBXMLMsgsRs>" + "<ARs statusCode='0'/>" * 60_000 + "</QBXMLMsgsRs></QBXML>",
    "controls": lambda: in_a_record("<CustomerRet><Notes>" + "&#x1F;" * 600_000 + "</Notes></CustomerRet>"),
    "half a reference": lambda: in_a_record("&#" * 2_000_000),
    "comments": lambda: in_a_record("<!-- <CustomerQueryRs> -->" * 200_000),
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name in BOMBS if name != "small"])
def test_a_bomb_does_not_go_off(name):
    """In a process of its own, whose whole memory is measured; ours may take some times what came, never more."""
    ended = subprocess.run(
        [sys.executable, "-c", MEASURE, name], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    came, grew = map(float, ended.stdout.split())
    assert grew < 40 + MEMORY_TIMES * came, f"{came:.1f} MB came, and {grew:.0f} MB more were needed"
