"""CSV as the Bulk API reads and writes it: one delimiter, one line ending, a header, and nothing that it has to guess.

Rule     an empty cell says nothing about its field, ``#N/A`` empties it; what is written is quoted throughout
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

DELIMITERS = {"COMMA": ",", "TAB": "\t", "SEMICOLON": ";", "PIPE": "|", "BACKQUOTE": "`", "CARET": "^"}
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}
COLUMNS_MAX = 5_000
NULL = "#N/A"


class BadCsv(Exception):
    """The file as a whole cannot be read; the text is what the job says of it."""


def read(data: bytes, delimiter: str, line_ending: str) -> tuple[list[str], list[list[str]]]:
    """The header and the rows of a file; BadCsv if it is not what the job said it would be."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise BadCsv("ClientInputError : The file is not encoded in UTF-8") from None
    _check_line_ending(text, line_ending)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=DELIMITERS[delimiter], strict=True)
    try:
        rows = [row for row in reader if row]
    except csv.Error as problem:
        raise BadCsv(f"InvalidBatch : Failed to parse CSV. {problem}") from None
    if not rows:
        raise BadCsv("InvalidBatch : The CSV file holds no header row")
    header = [name.strip() for name in rows[0]]
    if len(header) > COLUMNS_MAX:
        raise BadCsv(f"InvalidBatch : The file has more than {COLUMNS_MAX} columns")
    folded = [name.lower() for name in header]
    repeated = next((name for name in folded if folded.count(name) > 1), None)
    if repeated is not None:
        raise BadCsv(f"InvalidBatch : Duplicate field name found : {header[folded.index(repeated)]}")
    wrong = next((number for number, row in enumerate(rows[1:], 1) if len(row) != len(header)), None)
    if wrong is not None:
        text = f"row {wrong} has {len(rows[wrong])} fields where the header has {len(header)}"
        raise BadCsv(f"InvalidBatch : Failed to parse CSV. {text}")
    return header, rows[1:]


def _check_line_ending(text: str, line_ending: str) -> None:
    """Inside quotes a line may end as it likes; between records it ends as the job says."""
    bare = re.sub(r'"[^"]*"', "", text)
    breaks = set(re.findall(r"\r\n|\n|\r", bare))
    if breaks - {LINE_ENDINGS[line_ending]}:
        text = f"ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is {line_ending}"
        raise BadCsv(text)


def write(header: Sequence[str], rows: Iterable[Sequence[str]], delimiter: str, line_ending: str) -> bytes:
    stream = io.StringIO(newline="")
    ending = LINE_ENDINGS[line_ending]
    writer = csv.writer(stream, delimiter=DELIMITERS[delimiter], lineterminator=ending, quoting=csv.QUOTE_ALL)
    writer.writerow(header)
    writer.writerows(rows)
    return stream.getvalue().encode()
