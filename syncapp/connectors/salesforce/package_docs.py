"""The package as documentation: a list in Markdown, made from the same facts as the package itself.

    python -m syncapp.connectors.salesforce.package_docs docs/salesforce-package.md

writes it between the two marks of that file.
"""

from __future__ import annotations

import sys
from pathlib import Path

from syncapp.connectors.salesforce.metadata import CustomField, CustomObject, Package
from syncapp.connectors.salesforce.our_package import PACKAGE

BEGIN = "<!-- The list of fields begins here; it is generated. -->"
END = "<!-- The list of fields ends here. -->"


def written(text: str, package: Package = PACKAGE) -> str:
    """The document with the list of fields as it should be."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{listed(package)}\n{END}{after}"


def listed(package: Package) -> str:
    own = {each.name: each for each in package.objects}
    parts = []
    for sobject in package.sobjects:
        parts.append(f"### {sobject}\n\n")
        parts.append(_about(own[sobject]) if sobject in own else "")
        parts.append("| field | label | type | meaning |\n| --- | --- | --- | --- |\n")
        parts += [_row(each) for each in package.fields_of(sobject)]
        parts.append("\n")
    return "".join(parts).rstrip("\n") + "\n"


def _about(each: CustomObject) -> str:
    views = ", ".join(view.label for view in each.views)
    lists = f" List views: {views}." if views else ""
    name = f"counted up ({each.numbers})" if each.numbers else "text"
    return f"{each.about} Label: {each.label}. {each.name_label}: {name}.{lists}\n\n"


def _row(each: CustomField) -> str:
    key = ", unique external id" if each.more.get("unique") == "true" else ""
    choices = f" One of: {', '.join(each.values)}." if each.values else ""
    hand = " **Filled in by people.**" if each.by_hand else ""
    return f"| `{each.name}` | {each.label} | {each.kind}{key} | {each.help}{choices}{hand} |\n"


def main(name: str) -> None:
    path = Path(name)
    path.write_text(written(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
