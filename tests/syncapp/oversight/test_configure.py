"""The settings file: taken whole or not at all, twice to the same effect, and exported to be taken again."""

from __future__ import annotations

import io
import re
import tomllib

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from qbwc import passwords
from qbwc.models import Company
from syncapp.configure import BadFile, configure
from syncapp.export import export
from syncapp.models import Cursor, Link, Org, Pair

pytestmark = pytest.mark.django_db


def run(path, *options):
    out, err = io.StringIO(), io.StringIO()
    call_command("configure", str(path), *options, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def problems(text):
    with pytest.raises(BadFile) as caught:
        configure(text)
    assert [model.objects.count() for model in (Org, Company, Pair)] == [0, 0, 0]
    return caught.value.problems


def states(report):
    return {table: what for what, table, _ in report.done}


def test_the_file_of_the_readme_creates_org_company_and_pair(acme, tmp_path):
    (tmp_path / "acme.toml").write_text(acme)
    out, err = run(tmp_path / "acme.toml")
    assert out.splitlines() == ["created    salesforce.acme", "created    desktop.acme", "created    pair.acme"]
    assert err == ""
    pair = Pair.objects.get()
    assert (pair.org.key, pair.desktop.key, pair.first_run, pair.enabled) == ("acme", "acme", "apply", True)
    assert pair.flows == {"customer": {"direction": "both", "only_won": True, "conflict": "quickbooks"}}
    assert passwords.matches("a password of 25 letters!", Company.objects.get().password_hash)


def test_the_switches_of_a_pair_are_set_exported_and_taken_back(acme):
    configure(acme + "status_on_record = false\noutbound_messages = true\n")
    pair = Pair.objects.get()
    assert (pair.status_on_record, pair.outbound_messages) == (False, True)
    assert "status_on_record = false" in export()
    assert "outbound_messages = true" in export()


def test_a_second_run_changes_nothing(acme):
    configure(acme)
    stamp = Company.objects.get().password_hash
    report = configure(acme)
    assert set(states(report).values()) == {"unchanged"}
    assert not report.changed
    assert Company.objects.get().password_hash == stamp


def test_check_says_what_would_be_done_and_writes_nothing(acme, tmp_path):
    (tmp_path / "acme.toml").write_text(acme)
    out, _ = run(tmp_path / "acme.toml", "--check")
    assert "would be created pair.acme" in out
    assert not Org.objects.exists()


def test_a_reference_is_stored_as_a_reference_and_a_literal_as_ciphertext(acme):
    configure(acme)
    with connection.cursor() as cursor:
        cursor.execute("select client_secret from syncapp_org")
        assert cursor.fetchone()[0] == "env:ACME_SF_SECRET"
        configure(acme.replace("env:ACME_SF_SECRET", "the literal secret"))
        cursor.execute("select client_secret from syncapp_org")
        assert "literal" not in cursor.fetchone()[0]
    assert Org.objects.get().client_secret == "the literal secret"


def test_a_missing_variable_is_named(acme, monkeypatch):
    monkeypatch.delenv("ACME_SF_SECRET")
    assert problems(acme) == [
        "[salesforce.acme] client_secret: the environment variable ACME_SF_SECRET is not set. Set it, then run again."
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            'domain = "acme.my"',
            'domian = "acme.my"',
            r"\[salesforce.acme\] domian: there is no such key. There are auth",
        ),
        ('domain = "acme.my"', "domain = 5", r"\[salesforce.acme\] domain: 5 is not a text in quotes"),
        (
            'domain = "acme.my"',
            "",
            r"\[salesforce.acme\] domain: it is missing, and auth = “client_credentials” needs it",
        ),
        ("client_credentials", "web", r"\[salesforce.acme\] auth: .*wizard.*Use “client_credentials”"),
        ("client_credentials", "saml", r"\[salesforce.acme\] auth: “saml” is no way to sign in"),
        ("env:ACME_SF_SECRET", "env:", r"\[salesforce.acme\] client_secret: “env:” names no variable"),
        ('username = "acme-qbwc"', "", r"\[desktop.acme\] username: it is missing"),
        ("env:ACME_QBWC_PASSWORD", "too short", r"\[desktop.acme\] password: .* at least 20 characters"),
        ("env:ACME_QBWC_PASSWORD", "a" * 20, r"\[desktop.acme\] password: .* 8 of them different"),
        ("env:ACME_QBWC_PASSWORD", "", r"\[desktop.acme\] password: it is empty. Leave the key out"),
        ('company_file = ""', "company_file = 'acme.qbw'", r"\[desktop.acme\] company_file: .* not the full path"),
        ('company_file = ""', "company_file = 'C:\\q\\a.doc'", r"\[desktop.acme\] company_file: .* must end with .qbw"),
        ('company_file = ""', "run_every_minutes = true", r"\[desktop.acme\] run_every_minutes: True is not a whole"),
        ('company_file = ""', "run_every_minutes = -1", r"\[desktop.acme\] run_every_minutes: it cannot be less"),
        ('company_file = ""', 'file_id = "x"', r"\[desktop.acme\] file_id: “x” is no GUID"),
        ('salesforce = "acme"', 'salesforce = "acne"', r"\[pair.acme\] salesforce: there is no \[salesforce.acne\]"),
        ('desktop.acme"', 'desktop.acne"', r"\[pair.acme\] quickbooks: there is no \[desktop.acne\]"),
        ('desktop.acme"', 'acme"', r"\[pair.acme\] quickbooks: “acme” does not say what it is. Write it as"),
        ('desktop.acme"', 'online.acme"', r"\[pair.acme\] quickbooks: QuickBooks Online is not supported yet"),
        ("*/10 * * * *", "every hour", r"\[pair.acme\] schedule: “every hour” is not a schedule. Use five fields"),
        ("*/10 * * * *", "0 0 30 2 *", r"\[pair.acme\] schedule: .* a date that never comes"),
        ("*/10 * * * *", "0 0 12 1 1 1", r"\[pair.acme\] schedule: .* is not a schedule"),
        ('"apply"', '"now"', r"\[pair.acme\] first_run: it is “now”, but may be “preview” or “apply”"),
        ('direction = "both"', 'direction = "up"', r"\[pair.acme\] customers: direction is “up”, but may be: both"),
        ('direction = "both"', "foo = 1", r"\[pair.acme\] customers: there is no setting “foo”"),
        ("only_won = true", 'only_won = "yes"', r"\[pair.acme\] customers: only_won .* must be a bool"),
        ("[pair.acme]", "[pear.acme]", r"\[pear\]: there is no such table. There are \[salesforce.NAME\]"),
        ("[desktop.acme]", "[desktop]", r"\[desktop\]: give each entry a name"),
        ("[salesforce.acme]", '[salesforce."a b"]', r"\[salesforce.a b\]: the name may hold letters"),
        ("[salesforce.acme]", "[online.acme]", r"\[online\]: QuickBooks Online is not supported"),
        ('client_id = "consumer-key"', 'client_id = "C:\\Users"', r"The file is not TOML: .*'single quotes'"),
    ],
)
def test_what_is_wrong_is_named_with_table_key_and_remedy(acme, old, new, expected):
    assert old in acme
    found = problems(acme.replace(old, new))
    assert any(re.match(expected, problem) for problem in found), found


def test_all_problems_are_told_at_once(acme):
    text = acme.replace("client_credentials", "web").replace("*/10", "x").replace('"both"', '"up"')
    assert len(problems(text)) == 3


def test_companies_need_user_names_and_files_of_their_own(acme):
    second = '[desktop.beta]\nusername = "acme-qbwc"\n'
    assert problems(acme + second) == [
        "[desktop.beta] username: “acme-qbwc” is used by [desktop.acme] already. Each company needs one of its own."
    ]
    configure(acme)
    with pytest.raises(BadFile, match=r"used by .desktop.acme. already"):
        configure(second)


def test_two_pairs_of_the_same_org_and_company_are_refused(acme):
    configure(acme)
    with pytest.raises(BadFile, match=r"\[pair.other\] quickbooks: \[pair.acme\] joins the same"):
        configure('[pair.other]\nsalesforce = "acme"\nquickbooks = "desktop.acme"\n')


def test_a_quick_schedule_is_warned_about_and_taken(acme):
    report = configure(acme.replace("*/10 ", "*/7 "))
    assert report.warnings == [
        "[pair.acme] schedule: cycles would be 4 minutes apart; each costs calls of Salesforce's daily allowance. "
        "10 minutes or more are usual."
    ]
    assert Pair.objects.get().schedule == "*/7 * * * *"


def test_a_key_that_the_way_of_signing_in_does_not_use_is_warned_about(acme):
    report = configure(acme.replace('domain = "acme.my"', 'domain = "acme.my"\nusername = "me@acme.com"'))
    assert report.warnings == ["[salesforce.acme] username: it is not used by auth = “client_credentials”."]


def test_a_company_without_a_password_gets_one_that_is_shown_once(acme, tmp_path):
    (tmp_path / "acme.toml").write_text(acme.replace('password = "env:ACME_QBWC_PASSWORD"', ""))
    out, _ = run(tmp_path / "acme.toml")
    shown = out.split("shown this once: ")[1].strip()
    assert passwords.matches(shown, Company.objects.get().password_hash)
    out, _ = run(tmp_path / "acme.toml")
    assert "shown" not in out


def test_what_the_file_leaves_out_stays(acme):
    configure(acme)
    Company.objects.update(company_file="C:\\learnt.qbw", run_every_minutes=30)
    report = configure(acme.replace('schedule = "*/10 * * * *"\n', "").replace('domain = "acme.my"', 'domain = "b.my"'))
    assert states(report) == {"salesforce.acme": "updated", "desktop.acme": "unchanged", "pair.acme": "unchanged"}
    assert Company.objects.get().company_file == "C:\\learnt.qbw"


def test_new_credentials_end_the_token_but_the_org_is_still_known(acme):
    configure(acme)
    Org.objects.update(access_token="", org_id="00D000000000001AAA", token_version=4)
    org = Org.objects.get()
    org.access_token = "a token"
    org.save()
    configure(acme)
    assert Org.objects.get().access_token == "a token"
    configure(acme.replace("consumer-key", "another-key"))
    org = Org.objects.get()
    assert (org.access_token, org.org_id, org.token_version) == ("", "00D000000000001AAA", 5)


def test_a_pair_with_links_cannot_be_given_another_company(acme):
    configure(acme)
    Link.objects.create(pair=Pair.objects.get(), kind="customer", salesforce_id="001A")
    other = '[desktop.beta]\nusername = "beta-qbwc"\n'
    with pytest.raises(BadFile, match=r"\[pair.acme\] quickbooks: the pair's links belong to “acme”"):
        configure(other + '[pair.acme]\nquickbooks = "desktop.beta"\n')
    assert not Company.objects.filter(key="beta").exists()


def test_other_settings_of_a_flow_have_every_record_looked_at_again(acme):
    configure(acme)
    pair = Pair.objects.get()
    Link.objects.create(pair=pair, kind="customer", salesforce_id="001A", dirty=False)
    Cursor.objects.create(pair=pair, side="salesforce", kind="customer", full_at="2024-01-01T00:00Z")
    configure(acme)
    assert not Link.objects.get().dirty
    configure(acme.replace("only_won = true", "only_won = false"))
    assert Link.objects.get().dirty
    assert Cursor.objects.get().full_at is None


def test_spelling_out_a_default_is_no_change(acme):
    configure(acme)
    report = configure(acme.replace('conflict = "quickbooks"', 'conflict = "quickbooks", on_delete = "nothing"'))
    assert not report.changed


def test_an_export_is_taken_back_as_unchanged(acme, monkeypatch):
    text = acme.replace(
        "customers = {", 'customers = { conflict_by_field = { phone = "salesforce" }, careful = ["name"],'
    ).replace('company_file = ""', "company_file = 'C:\\Büro \"x\"\\acme.qbw'")
    configure(text.replace("env:ACME_SF_SECRET", "literal"))
    exported = export()
    assert "literal" not in exported
    assert 'client_secret = "env:ACME_CLIENT_SECRET"' in exported
    assert tomllib.loads(exported)["pair"]["acme"]["customers"]["careful"] == ["name"]
    monkeypatch.setenv("ACME_CLIENT_SECRET", "literal")
    Org.objects.update(client_secret="env:ACME_CLIENT_SECRET")
    assert not configure(exported).changed


def test_an_export_builds_the_same_installation_elsewhere(acme, monkeypatch):
    configure(acme)
    exported, file_id = export(), Company.objects.get().file_id
    for model in (Pair, Company, Org):
        model.objects.all().delete()
    configure(exported)
    assert export() == exported
    assert Company.objects.get().file_id == file_id


def test_the_file_id_of_a_paired_company_file_cannot_be_changed(acme):
    configure(acme)
    Company.objects.update(company_name="Acme Ltd")
    with pytest.raises(BadFile, match=r"\[desktop.acme\] file_id: the company file already holds"):
        configure('[desktop.acme]\nfile_id = "{11111111-1111-1111-1111-111111111111}"\n')


def test_the_command_ends_with_status_1_for_a_bad_file_and_2_without_one(acme, tmp_path):
    (tmp_path / "bad.toml").write_text(acme.replace("acme.my", ""))
    err = io.StringIO()
    with pytest.raises(CommandError, match="1 problem; nothing was written") as caught:
        call_command("configure", str(tmp_path / "bad.toml"), stderr=err)
    assert caught.value.returncode == 1
    assert err.getvalue().startswith("[salesforce.acme] domain: ")
    with pytest.raises(CommandError, match=r"nowhere.toml cannot be read: No such file") as caught:
        call_command("configure", str(tmp_path / "nowhere.toml"))
    assert caught.value.returncode == 1
    with pytest.raises(CommandError, match="Name a settings file") as caught:
        call_command("configure")
    assert caught.value.returncode == 2
