"""A session between an application and an open company file: from BeginSession to EndSession."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .errors import Refused

if TYPE_CHECKING:
    from .company_file import CompanyFile


@dataclass
class Session:
    """Iterators live exactly as long as this does."""

    file: CompanyFile
    app: str
    is_open: bool = True
    iterators: dict[str, Any] = field(default_factory=dict)
    macros: dict[str, str] = field(default_factory=dict)  # of the document that is being executed: name -> id

    def process(self, document: str) -> str:
        """Execute a document. Raises Refused where COM would hand back an HRESULT."""
        if not self.is_open:
            raise Refused("0x8004040D")
        return self.file.process(document, self)

    def end(self) -> None:
        self.is_open = False
        self.iterators.clear()
