"""The example of the environment explains each setting there is, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from qbwc.conf import DEFAULTS

ROOT = Path(__file__).resolve().parents[3]
SETTING = re.compile(r"^(?:# )?([A-Z][A-Z0-9_]+)=(.*)$", re.MULTILINE)


def example():
    return dict(SETTING.findall((ROOT / ".env.example").read_text()))


def read_by_settings():
    text = (ROOT / "project" / "settings.py").read_text()
    return set(re.findall(r"(?:env\.\w+|required)\(\s*\"([A-Z_]+)\"", text))


def test_each_setting_is_explained_and_no_other():
    assert set(example()) == read_by_settings() | set(DEFAULTS)


def test_the_defaults_shown_are_the_defaults():
    shown = example()
    spelt = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in DEFAULTS.items()}
    assert {name: shown[name] for name in DEFAULTS} == spelt


def test_only_what_must_be_set_is_not_commented_out():
    lines = [line for line in (ROOT / ".env.example").read_text().splitlines() if line and not line.startswith("#")]
    assert [line.split("=")[0] for line in lines] == ["SECRET_KEY", "QBWC_PASSWORD_KEY", "PUBLIC_URL"]
