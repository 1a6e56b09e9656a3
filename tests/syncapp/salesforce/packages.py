"""The package in the tests' hands: its files, smaller ones of an older version, and the command."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

from django.core.management import call_command
from lxml import etree

from syncapp.connectors.salesforce.deploying import deploy
from syncapp.connectors.salesforce.metadata_xml import NAMESPACE, package_zip
from syncapp.connectors.salesforce.our_package import PACKAGE, SYNC

METADATA = f"{{{NAMESPACE}}}"


def contents(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: etree.fromstring(archive.read(name)) for name in archive.namelist()}


def texts(element, name):
    return [each.text for each in element.iter(f"{METADATA}{name}")]


def run(*arguments):
    out = io.StringIO()
    call_command("salesforce_package", *arguments, poll_seconds=0, stdout=out, stderr=out, no_color=True)
    return out.getvalue()


def older():
    """What a version before this one would have brought: accounts and contacts alone, and shorter names there."""
    fields = [each for each in PACKAGE.fields if each.sobject in ("Account", "Contact")]
    fields = [
        replace(each, more={"length": "80"}) if each.full_name == "Account.QB_Full_Name__c" else each
        for each in fields
        if each.full_name != "Account.QB_Error__c"
    ]
    rights = {name: right for name, right in SYNC.rights.items() if name not in PACKAGE.own}
    return replace(PACKAGE, version=0, objects=(), fields=tuple(fields), sets=(replace(SYNC, rights=rights),))


def put(gateway, package):
    """Deploy a package as it is, whatever the org holds."""
    data = package_zip(gateway.version, package)
    deploy(gateway, data, lambda line: None, poll_seconds=0, traces=lambda: False)
    gateway.forget_describes()
