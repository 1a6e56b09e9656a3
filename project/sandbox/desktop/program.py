"""The QuickBooks program on a PC: which file is open, and whether an application may begin a session with it."""

from __future__ import annotations

from .company_file import CompanyFile
from .errors import Refused
from .session import Session


class QuickBooks:
    """``open_file`` is what is on the screen; None with ``running`` set is the start window without a company."""

    def __init__(self, *files: CompanyFile, unattended: bool = True) -> None:
        self.files = list(files)
        self.open_file: CompanyFile | None = files[0] if files else None
        self.running = True
        self.unattended = unattended  # may applications start QuickBooks when it is closed?

    def close(self) -> None:
        self.running = False
        self.open_file = None

    def open(self, file: CompanyFile) -> None:
        self.running = True
        self.open_file = file
        if file not in self.files:
            self.files.append(file)

    def begin_session(self, path: str, app: str) -> Session:
        """Raises Refused with the HRESULT that BeginSession would return."""
        file = self._file(path)
        if app not in file.apps:
            raise Refused("0x80040418")
        if file.modal_dialog:
            raise Refused("0x80040414")
        return file.begin_session(app)

    def _file(self, path: str) -> CompanyFile:
        if not path:
            if not self.running:
                raise Refused("0x80040416")
            if self.open_file is None:
                raise Refused("0x80040417")
            return self.open_file
        named = next((file for file in self.files if file.path.casefold() == path.casefold()), None)
        if self.open_file is not None:
            if named is not self.open_file:
                raise Refused("0x8004040A")
            return self.open_file
        if named is None:
            raise Refused("0x80040403")
        if not self.running and not self.unattended:
            raise Refused("0x8004041D")
        self.open(named)
        return named
