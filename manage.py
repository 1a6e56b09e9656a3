#!/usr/bin/env python3
"""The Django command line of the project."""

from __future__ import annotations

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db.utils import OperationalError, ProgrammingError

    try:
        settings.INSTALLED_APPS  # noqa: B018 - reads the settings file
    except ImproperlyConfigured as problem:
        # What is missing in the environment, in one line. Help is given without it.
        if not {"help", "--help", "-h"} & set(sys.argv[1:]):
            sys.exit(str(problem))
    try:
        execute_from_command_line(sys.argv)
    except (OperationalError, ProgrammingError) as problem:
        if "no such table" not in str(problem) and "does not exist" not in str(problem):
            raise
        sys.exit(f"The database lacks a table: run manage.py migrate. ({str(problem).splitlines()[0]})")


if __name__ == "__main__":
    main()
