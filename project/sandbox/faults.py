"""What can go wrong in a sandbox world, as probabilities that are all zero until somebody raises one."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass
class Faults:
    """Each is a probability between 0 and 1, drawn at the moment at which the fault could strike."""

    # QuickBooks Desktop and its Web Connector, per document
    lost_request: float = 0.0  # the document dies before QuickBooks executes it
    lost_answer: float = 0.0  # executed, but the answer never reaches us; the session dies
    quickbooks_crash: float = 0.0  # QuickBooks dies with the document in hand: an HRESULT arrives, done or not
    answer_twice: float = 0.0  # a proxy delivers the same answer two times
    wrong_company_file: float = 0.0  # another company's file is open when the session begins
    modal_dialog: float = 0.0  # a dialog is open in QuickBooks, at the begin or in mid-session
    # either side, per call
    session_killed: float = 0.0  # the session ends without a word
    slow: float = 0.0  # the call takes long, sometimes longer than the caller waits
    error_500: float = 0.0  # a server error stands in for the answer
    # per record written
    lock: float = 0.0  # somebody has the record open
    stale_version: float = 0.0  # somebody saves the record a moment before us
    # Salesforce, per call
    unavailable_503: float = 0.0
    rate_limit: float = 0.0
    token_expired: float = 0.0

    def __post_init__(self) -> None:
        self.check()

    def check(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
                raise ValueError(f"The fault {field.name} is a probability between 0 and 1, not {value!r}.")

    def stop(self) -> None:
        """Set every fault back to zero: from here on the world is calm."""
        for field in fields(self):
            setattr(self, field.name, 0.0)

    @classmethod
    def all(cls, probability: float) -> Faults:
        """Every fault at the same probability."""
        return cls(**{field.name: probability for field in fields(cls)})
