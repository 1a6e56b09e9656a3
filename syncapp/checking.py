"""What is wrong with a pair's settings, beyond what each flow can tell by itself: as QuickBooks was last read."""

from __future__ import annotations

from syncapp import chart, custom_fields, price_levels
from syncapp.models import Pair


def problems(pair: Pair) -> list[str]:
    """Sentences that name the flow, the setting and the remedy."""
    return [*chart.problems(pair), *price_levels.problems(pair), *custom_fields.problems(pair)]
