"""How the floor above is told; this app never imports it.

request_closed   sender=Company, requests=[Request, …], session=Session | None
                 requests of one message that are closed now. The raw answer is committed before; what the
                 receivers write is committed together with the mark that these requests were announced.
                 A receiver that fails is told again by the sweep, so receivers must be idempotent.
pull_progressed  sender=Company, pull=Pull, requests=[Request, …], session=Session | None
                 one more page of a pull; its requests were part of the request_closed just before.
answer_kept      sender=Company, message_id=int
                 an answer too large to settle inside the SOAP call is stored; whoever can should call
                 service.settle_kept(message_id) soon. The sweep does it otherwise.
company_changed  sender=Company, company=Company, event=str, who=str, changes={setting: [before, after]}
                 a person changed a company's settings, or made it; no secret is among the changes.
"""

from __future__ import annotations

from django.dispatch import Signal

request_closed = Signal()
pull_progressed = Signal()
answer_kept = Signal()
company_changed = Signal()
