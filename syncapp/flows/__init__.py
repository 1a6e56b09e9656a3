"""The flows, in order of need: the product's table of contents."""

from __future__ import annotations

from syncapp.flows import customers
from syncapp.flows.base import Flow

FLOWS: dict[str, Flow] = {flow.kind: flow for flow in (customers.FLOW,)}
# How a settings file names each flow.
NAMES: dict[str, str] = {"customers": "customer"}
