"""The way from the real client library to the org in miniature: https becomes loopback http, the host stays in Host."""

from __future__ import annotations

import http.client
import io
import json
import zipfile
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceError as SalesforceApiError

VERSION = "62.0"
PATH = f"/services/data/v{VERSION}"
METADATA = "http://soap.sforce.com/2006/04/metadata"


class Loopback(HTTPAdapter):
    def __init__(self, url):
        super().__init__()
        self.target = urlsplit(url).netloc

    def send(self, request, **kw):
        url = urlsplit(request.url)
        request.headers.setdefault("Host", url.netloc)
        request.url = url._replace(scheme="http", netloc=self.target).geturl()
        return super().send(request, **kw)


def session_for(server):
    session = requests.Session()
    session.trust_env = False
    session.mount("https://", Loopback(server.url))
    return session


def client_for(org, server, **options):
    """simple-salesforce, signed in as the app's own user."""
    options = {"consumer_key": org.client_id, "consumer_secret": org.client_secret, **options}
    return Salesforce(domain=org.domain, version=VERSION, session=session_for(server), **options)


class Raw:
    """A plain HTTP connection that shows exactly what came over the line."""

    def __init__(self, org, server, token=""):
        self.org = org
        self.host = f"{org.domain}.salesforce.com"
        self.token = token
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)

    def ask(self, method, path, body=None, host="", **headers):
        sent = {"Host": host or self.host, **headers}
        if self.token:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        if isinstance(body, dict | list):
            body = json.dumps(body)
            sent.setdefault("Content-Type", "application/json")
        self.connection.request(method, path, body, sent)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        is_json = answer.getheader("Content-Type", "").startswith("application/json")
        return answer.status, json.loads(text) if is_json and text else text, answer

    def form(self, path, host="", auth=None, **fields):
        body = requests.models.RequestEncodingMixin._encode_params(fields)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if auth:
            headers["Authorization"] = requests.auth._basic_auth_str(*auth)
        status, body, _ = self.ask("POST", path, body, host, **headers)
        return status, body


def package(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def xml(root, inner):
    return f'<?xml version="1.0" encoding="UTF-8"?><{root} xmlns="{METADATA}">{inner}</{root}>'


def manifest(version="62.0", **members):
    types = "".join(
        f"<types>{''.join(f'<members>{name}</members>' for name in names)}<name>{kind}</name></types>"
        for kind, names in members.items()
    )
    return xml("Package", f"{types}<version>{version}</version>")


def field_xml(name, kind="Text", **more):
    elements = {"fullName": name, "label": name.removesuffix("__c"), "type": kind, **more}
    return "<fields>" + "".join(f"<{key}>{value}</{key}>" for key, value in elements.items()) + "</fields>"


def permission_set_xml(fields=(), objects=(), label="QuickBooks Sync"):
    inner = "".join(
        f"<fieldPermissions><editable>true</editable><field>{name}</field><readable>true</readable></fieldPermissions>"
        for name in fields
    )
    rights = ("allowCreate", "allowDelete", "allowEdit", "allowRead", "modifyAllRecords", "viewAllRecords")
    for name in objects:
        allowed = "".join(f"<{right}>true</{right}>" for right in rights)
        inner += f"<objectPermissions>{allowed}<object>{name}</object></objectPermissions>"
    return xml("PermissionSet", f"<label>{label}</label>{inner}")


KEY_FIELD = {"length": 80, "externalId": "true", "unique": "true", "caseSensitive": "false"}
OUR_FILES = {
    "package.xml": manifest(
        CustomField=["Account.QB_Id__c", "Account.QB_Active__c", "Contact.QB_Id__c"], PermissionSet=["QuickBooks_Sync"]
    ),
    "objects/Account.object": xml(
        "CustomObject",
        field_xml("QB_Id__c", **KEY_FIELD) + field_xml("QB_Active__c", "Checkbox", defaultValue="true"),
    ),
    "objects/Contact.object": xml("CustomObject", field_xml("QB_Id__c", **KEY_FIELD)),
    "permissionsets/QuickBooks_Sync.permissionset": permission_set_xml(
        ["Account.QB_Id__c", "Account.QB_Active__c", "Contact.QB_Id__c"]
    ),
}


def deploy(sf, files, **options):
    """Deploy over REST and poll until it is done; the deployResult."""
    body = json.dumps({"deployOptions": {"rollbackOnError": True, "singlePackage": True, **options}})
    parts = {
        "json": (None, body, "application/json"),
        "file": ("deploy.zip", package(files), "application/zip"),
    }
    url = sf.base_url + "metadata/deployRequest"
    answer = sf._call_salesforce("POST", url, headers={"Content-Type": None}, files=parts)
    assert answer.status_code == 201
    deployment = answer.json()["id"]
    seen = []
    while True:
        result = sf.restful(f"metadata/deployRequest/{deployment}", params={"includeDetails": "true"})["deployResult"]
        seen.append(result["status"])
        if result["done"]:
            return {**result, "seen": seen}


def install(sf, org, files=OUR_FILES):
    """Deploy our fields and assign the permission set to the app's user."""
    result = deploy(sf, files)
    assert result["success"], result
    found = sf.query("SELECT Id FROM PermissionSet WHERE Name = 'QuickBooks_Sync'")["records"]
    sf.PermissionSetAssignment.create({"AssigneeId": org.integration_user, "PermissionSetId": found[0]["Id"]})


def refusal(call, *args, **kw):
    """The error code with which Salesforce refuses a call."""
    try:
        call(*args, **kw)
    except SalesforceApiError as refused:
        return refused.content[0]["errorCode"]
    raise AssertionError("the call was not refused")
