"""Orgs, companies, pairs and saved operations from one settings file; syncapp.export writes one.

Words    table    one [salesforce.NAME], [desktop.NAME], [pair.NAME] or [operation.NAME] of the file
         problem  why the file cannot be taken; it names table, key and remedy
Rules    1 A file is taken whole or not at all.
         2 A key that the file leaves out stays as it is; a flow's table replaces all of the flow's settings.
         3 What the file does not name is left alone; nothing is ever deleted.
Files    reading.py (TOML, tables and types), judging.py (everything before the first write), applying.py (the writes)
"""

from __future__ import annotations

from django.db import transaction

from qbwc.command_user import command_user
from syncapp.configure.applying import Writer
from syncapp.configure.judging import Judge
from syncapp.configure.reading import BadFile, Report, Work

__all__ = ["BadFile", "Report", "configure"]


def configure(text: str, *, check: bool = False, who: str = "") -> Report:
    """Take the settings in ``text``; with ``check`` only say what would be done. Raises BadFile.

    The history tells ``who`` did; without it, the operating system's user.
    """
    work = Work(text)
    with transaction.atomic():
        Judge(work).judge()
        if work.problems:
            raise BadFile(work.problems)
        Writer(work, who or command_user()).write()
        if work.problems:  # of saved operations, which can be built only once their company is there
            raise BadFile(work.problems)
        if check:
            work.report.made_passwords.clear()
            transaction.set_rollback(True)
    return work.report
