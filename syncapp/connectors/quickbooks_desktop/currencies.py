"""Currencies by their names: transactions of QuickBooks name one, and Salesforce knows them by their ISO codes.

Rule     a currency that a company has named itself, and so nobody else knows, has no code here
Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syncapp.records import Value

# The names that QuickBooks gives the currencies which most companies use.
CODES = {
    "US Dollar": "USD",
    "Canadian Dollar": "CAD",
    "Euro": "EUR",
    "British Pound Sterling": "GBP",
    "Australian Dollar": "AUD",
    "New Zealand Dollar": "NZD",
    "Japanese Yen": "JPY",
    "Swiss Franc": "CHF",
    "Swedish Krona": "SEK",
    "Norwegian Krone": "NOK",
    "Danish Krone": "DKK",
    "Chinese Yuan Renminbi": "CNY",
    "Hong Kong Dollar": "HKD",
    "Singapore Dollar": "SGD",
    "Indian Rupee": "INR",
    "Mexican Peso": "MXN",
    "Brazilian Real": "BRL",
    "South African Rand": "ZAR",
    "Polish Zloty": "PLN",
    "Czech Koruna": "CZK",
    "Hungarian Forint": "HUF",
    "Turkish Lira": "TRY",
    "Israeli Shekel": "ILS",
    "South Korean Won": "KRW",
    "Thai Baht": "THB",
    "Malaysian Ringgit": "MYR",
    "Indonesian Rupiah": "IDR",
    "Philippine Peso": "PHP",
    "Taiwan Dollar": "TWD",
    "Russian Ruble": "RUB",
    "UAE Dirham": "AED",
    "Saudi Riyal": "SAR",
}


def currency(data: Mapping[str, Any]) -> Value:
    """The ISO code of a transaction's currency; nothing where the company keeps one currency only."""
    return CODES.get(str((data.get("CurrencyRef") or {}).get("FullName") or ""))
