"""What must not be read by chance: passwords, card numbers, social security numbers.

Rule     pure; a mask is as long as what it hides, so that places in the text stay where they were
"""

from __future__ import annotations

import re

SECRET_ELEMENTS = (
    "CreditCardNumber", "SSN", "SocialSecurityNumber", "BankAccountNumber", "RoutingNumber", "strPassword", "Password",
)  # fmt: skip
_ELEMENTS = re.compile(rf"(<({'|'.join(SECRET_ELEMENTS)})>)([^<]+)(?=</)")
_CARD = re.compile(r"(?<![\w-])(?:\d[ -]?){12,15}\d(?![\w-])")
_SSN = re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])")


def masked(text: str) -> str:
    """The text with its secrets replaced by stars; the last four characters of a number stay readable."""
    text = _ELEMENTS.sub(lambda match: match.group(1) + _stars(match.group(3)), text)
    text = _CARD.sub(lambda match: _stars(match.group(0)) if _is_card(match.group(0)) else match.group(0), text)
    return _SSN.sub(lambda match: _stars(match.group(0)), text)


def _stars(value: str) -> str:
    return "*" * max(0, len(value) - 4) + value[-4:] if len(value) > 8 else "*" * len(value)


def _is_card(text: str) -> bool:
    """Whether the digits are a card number by their check digit; ids of QuickBooks rarely are."""
    digits = [int(char) for char in text if char.isdigit()]
    if len(set(digits)) == 1:
        return False
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
