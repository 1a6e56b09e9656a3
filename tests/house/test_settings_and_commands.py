"""What is set from outside is explained, what can be called says how, and the tables are as the models say."""

from __future__ import annotations

import ast
import re

import pytest
from django.apps import apps
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.questioner import NonInteractiveMigrationQuestioner
from django.db.migrations.state import ProjectState

from qbwc.conf import DEFAULTS
from tests.house.files import ROOT, python_files, tree

OUR_APPS = ("qbwc", "syncapp", "explorer")
EXAMPLE = ROOT / ".env.example"
ASSIGNMENT = re.compile(r"^#? ?([A-Z][A-Z0-9_]*)=", re.MULTILINE)
# Readers of the environment: env.str("NAME", …), required("NAME", …), os.environ.get("NAME"), os.environ["NAME"].
READERS = {"str", "bool", "int", "list", "db_url", "url", "float", "json", "get", "getenv", "cache_url", "path"}


def named(node: ast.AST) -> str:
    """The setting that this expression reads, if it is a constant name."""
    if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
        function = node.func
        direct = isinstance(function, ast.Name) and function.id in ("required", "env")
        method = isinstance(function, ast.Attribute) and function.attr in READERS and _of_environment(function.value)
        return str(node.args[0].value) if direct or method else ""
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and _of_environment(node.value):
        return str(node.slice.value) if isinstance(node.slice, ast.Constant) else ""
    return ""


def _of_environment(node: ast.expr) -> bool:
    return ast.unparse(node) in ("env", "os.environ", "os")


def settings_read() -> set[str]:
    found = set(DEFAULTS)
    for name in python_files("project", "qbwc", "syncapp"):
        found |= {setting for node in ast.walk(tree(name)) if (setting := named(node))}
    return found


def test_the_settings_that_are_read_were_found():
    assert {"SECRET_KEY", "PUBLIC_URL", "DATABASE_URL", "DEBUG", "QBWC_NOOPS", "LOG_LEVEL"} <= settings_read()


def test_no_setting_is_read_by_a_name_that_nobody_can_look_up():
    """In project/settings.py every name is written out, but for the helper that is handed one."""
    reads = [
        node
        for node in ast.walk(tree("project/settings.py"))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in READERS
        and _of_environment(node.func.value)
    ]
    unnamed = [ast.unparse(node) for node in reads if not named(node)]
    assert unnamed == ["env.str(name, '')"]


def explained(example: str) -> dict[str, bool]:
    """The settings of an example, each with whether its paragraph, or its line, says anything about it."""
    found = {}
    for paragraph in re.split(r"\n\s*\n", example):
        remarks = [line for line in paragraph.splitlines() if line.startswith("#") and not ASSIGNMENT.match(line)]
        for line in paragraph.splitlines():
            if assigned := ASSIGNMENT.match(line):
                found[assigned[1]] = bool(remarks) or " # " in line
    return found


def test_every_setting_stands_in_the_example_with_its_meaning():
    known = explained(EXAMPLE.read_text(encoding="utf-8"))
    assert sorted(settings_read() - known.keys()) == []
    assert [name for name, told in known.items() if not told] == []


def test_the_example_sets_each_name_once():
    names = ASSIGNMENT.findall(EXAMPLE.read_text(encoding="utf-8"))
    assert sorted(names) == sorted(set(names))


def test_an_explanation_is_told_from_a_setting():
    example = "# What it is.\nONE=1\n# TWO=2\n\n#THREE=3\n\nFOUR=4 # what it is\n"
    assert explained(example) == {"ONE": True, "TWO": True, "THREE": False, "FOUR": True}


# Commands ------------------------------------------------------------------------------

OURS = ("qbwc", "syncapp", "syncapp.explorer", "project.sandbox")
COMMANDS = sorted((name, app) for name, app in get_commands().items() if app in OURS)
DJANGOS = {action.dest for action in BaseCommand().create_parser("manage.py", "any")._actions}


def arguments(parser):
    for action in parser._actions:
        if isinstance(action.choices, dict):
            for inner in action.choices.values():
                yield from arguments(inner)
        elif action.dest not in DJANGOS:
            yield action


def test_the_commands_were_found():
    assert {name for name, _ in COMMANDS} >= {"sync", "configure", "qwc", "enqueue", "requests", "demo", "sandbox"}


@pytest.mark.parametrize("name, app", COMMANDS)
def test_a_command_says_what_it_does_and_what_its_arguments_mean(name, app):
    command = load_command_class(app, name)
    parser = command.create_parser("manage.py", name)
    assert command.help.strip()
    shown = parser.format_help()
    for action in arguments(parser):
        title = action.option_strings[-1] if action.option_strings else (action.metavar or action.dest)
        assert title in shown or action.container is not parser
        assert action.help, f"manage.py {name}: {title} is not explained"


# Migrations ----------------------------------------------------------------------------


@pytest.mark.parametrize("app", OUR_APPS)
def test_the_migrations_make_the_tables_that_the_models_want(app):
    loader = MigrationLoader(None, ignore_no_migrations=True)
    detector = MigrationAutodetector(
        loader.project_state(), ProjectState.from_apps(apps), NonInteractiveMigrationQuestioner(specified_apps={app})
    )
    changes = detector.changes(graph=loader.graph, trim_to_apps={app}, convert_apps={app})
    missing = [operation.describe() for migration in changes.get(app, ()) for operation in migration.operations]
    assert missing == []


@pytest.mark.parametrize("app", OUR_APPS)
def test_the_migrations_of_an_app_have_one_end(app):
    assert len(MigrationLoader(None, ignore_no_migrations=True).graph.leaf_nodes(app)) == 1
