"""What must not be read by chance: passwords, card numbers, social security numbers.

Rule     pure; a mask is as long as what it hides, so that places in the text stay where they were
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

SECRET_ELEMENTS = (
    "CreditCardNumber", "SSN", "SocialSecurityNumber", "BankAccountNumber", "RoutingNumber", "strPassword", "Password",
)  # fmt: skip
_ELEMENTS = re.compile(rf"(<({'|'.join(SECRET_ELEMENTS)})>)([^<]+)(?=</)")
_CARD = re.compile(r"(?<![\w-])(?:\d[ -]?){12,15}\d(?![\w-])")
_SSN = re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])")


def masked(text: str) -> str:
    """The text with its secrets replaced by stars; the last four characters of a number stay readable."""
    text = _ELEMENTS.sub(lambda match: match.group(1) + masked_text(match.group(3)), text)
    text = _CARD.sub(lambda match: masked_text(match.group(0)) if _is_card(match.group(0)) else match.group(0), text)
    return _SSN.sub(lambda match: masked_text(match.group(0)), text)


def masked_values(value: Any, name: str = "") -> Any:
    """The same of a record as plain data: what stands in an element of secrets is replaced."""
    if isinstance(value, Mapping):
        return {key: masked_values(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [masked_values(inner, name) for inner in value]
    return masked_text(str(value)) if value and is_secret(name) else value


def is_secret(path: str) -> bool:
    return path.rpartition("/")[2] in SECRET_ELEMENTS


def masked_text(value: str) -> str:
    """A secret without all but its last four characters; a short one is hidden whole."""
    return "*" * max(0, len(value) - 4) + value[-4:] if len(value) > 8 else "*" * len(value)


def _is_card(text: str) -> bool:
    """Whether the digits are a card number by their check digit; ids of QuickBooks rarely are."""
    digits = [int(char) for char in text if char.isdigit()]
    if len(set(digits)) == 1:
        return False
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
