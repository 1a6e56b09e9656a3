"""A Salesforce org in miniature: strict where the real one is strict, served over HTTP to real client libraries.

    org = Org("acme", clock=clock, chance=chance, faults=faults)
    server = serve(org)          # server.url, server.stop()
    org.insert("Account", Name="Acme")

``Org(..., edition="Developer", switches=Switches(currencies=("USD", "EUR"), person_accounts=True))`` is another kind of
org.  Its knobs: ``org.bulk`` (jobs), ``org.outbound`` (messages), ``org.doors`` (sign-in), and those in state.py.

It is written from facts about Salesforce, not from the code that talks to it, and imports nothing of either.
"""

from __future__ import annotations

from .errors import SalesforceError
from .org import Credentials, Org
from .server import Running, serve
from .standard import Switches

__all__ = ["Credentials", "Org", "Running", "SalesforceError", "Switches", "serve"]
