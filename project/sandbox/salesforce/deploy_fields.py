"""Custom objects and fields of a package: judged one by one, then against each other, then installed."""

from __future__ import annotations

from collections.abc import Iterator

from .deploy_plan import Plan
from .formula import FormulaError, compile_formula, fit
from .metadata import BadPart, Element, Package, Part, child_text, children, parse_xml
from .metadata_fields import check_change, check_keys, fits, read_field, read_object, stored_default
from .rollups import filter_value, summarised
from .schema import Field, SObject
from .standard import with_currency
from .transaction import Tx

MASTERS_MAX = 2
FORMULA_KINDS = {"string": "text", "double": "number", "currency": "number", "percent": "number"}
FORMULA_KINDS |= {"date": "date", "datetime": "datetime", "boolean": "boolean"}


def not_in_zip(name: str, kind: str) -> BadPart:
    text = f"An object '{name}' of type {kind} was named in package.xml, but was not found in zipped directory"
    return BadPart(text)


def object_file(package: Package, name: str) -> Element | None:
    """The file that describes an object; None if there is none or it cannot be read, which is said elsewhere."""
    file = f"objects/{name}.object"
    try:
        return parse_xml(package.files[file], "CustomObject", file) if file in package.files else None
    except BadPart:
        return None


# Objects -------------------------------------------------------------------------------


def judge_objects(plan: Plan) -> Iterator[Part]:
    for name in plan.package.members.get("CustomObject", ()):
        part = Part("CustomObject", name, f"objects/{name}.object")
        try:
            if part.file not in plan.package.files:
                raise not_in_zip(name, "CustomObject")
            element = parse_xml(plan.package.files[part.file], "CustomObject", part.file)
            if name.endswith("__c"):
                _judge_object(plan, part, element)
        except BadPart as problem:
            part.problem, part.line = problem.problem, problem.line
        yield part


def _judge_object(plan: Plan, part: Part, element: Element) -> None:
    made = read_object(element, part.name, plan.org.schema)
    old = plan.org.schema.find(part.name)
    _check_sharing(made, old, element)
    known = sum(1 for item in plan.objects.values() if item.custom and item.name not in plan.leaving)
    if old is None and known >= plan.org.edition.custom_objects:
        raise BadPart(f"The organization has reached its limit of {plan.org.edition.custom_objects} custom objects")
    part.created = old is None
    if old is None:
        taken = {item.prefix for item in plan.objects.values()}
        made.prefix = next(each for each in _prefixes() if each not in taken)
        with_currency(made, plan.org.switches)
        plan.objects[part.name] = made
        part.apply = lambda: plan.org.install(made)
        return
    name_field, new_name = old.fields["name"], made.fields["name"]
    part.changed = (old.label, old.plural, name_field) != (made.label, made.plural, new_name)
    part.apply = lambda: _upgrade(plan, old, made)


def _prefixes() -> Iterator[str]:
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return (f"a{first}{second}" for first in digits for second in digits)


def _check_sharing(made: SObject, old: SObject | None, element: Element) -> None:
    """A detail is controlled by its parent, and nothing else is."""
    kinds = [child_text(each, "type") for each in children(element, "fields")]
    detail = "MasterDetail" in kinds or (old is not None and bool(old.masters))
    if detail and made.sharing != "ControlledByParent":
        text = f"Cannot set sharingModel to {made.sharing} on a CustomObject with a MasterDetail relationship field"
        raise BadPart(text)
    if not detail and made.sharing == "ControlledByParent":
        text = (
            "Cannot set sharingModel to ControlledByParent on a CustomObject without a MasterDetail relationship field"
        )
        raise BadPart(text)


def _upgrade(plan: Plan, old: SObject, made: SObject) -> None:
    old.label, old.plural = made.label, made.plural
    old.add([made.fields["name"]])
    plan.org.install(old)


# Fields --------------------------------------------------------------------------------


def judge_fields(plan: Plan) -> list[Part]:
    """Every field by itself, and then all of them together."""
    wanted = list(plan.package.members.get("CustomField", ()))
    for name in plan.package.members.get("CustomObject", ()):
        element = object_file(plan.package, name)
        listed = children(element, "fields") if element is not None else []
        for each in listed:
            full_name = f"{name}.{child_text(each, 'fullName')}"
            if full_name not in wanted:
                wanted.append(full_name)
    judged = [(part, _judge_field(plan, part)) for part in map(_field_part, wanted)]
    for part, made in judged:
        if made is not None:
            try:
                _judge_together(plan, plan.objects[part.name.partition(".")[0]], made)
            except BadPart as problem:
                part.problem, part.line = problem.problem, problem.line
    return [part for part, _ in judged]


def _field_part(name: str) -> Part:
    return Part("CustomField", name, f"objects/{name.partition('.')[0]}.object")


def _judge_field(plan: Plan, part: Part) -> Field | None:
    sobject_name, _, field_name = part.name.partition(".")
    try:
        element = _field_element(plan.package, sobject_name, field_name)
        if element is None:
            raise not_in_zip(part.name, "CustomField")
        sobject = plan.objects.get(sobject_name)
        if sobject is None:
            raise BadPart(f"Entity of type CustomObject named '{sobject_name}' cannot be found")
        made = read_field(element, set(plan.objects))
        _type_summary(plan, made)
        old = sobject.field(made.name)
        part.created, part.changed = old is None, check_change(sobject, made)
        _check_contents(plan, sobject, made)
        coming = plan.coming.setdefault(sobject_name, [])
        coming.append(made)
        check_keys(sobject, coming)
        _check_count(plan, sobject, coming)
    except BadPart as problem:
        part.problem, part.line = problem.problem, problem.line
        return None
    part.apply = lambda: _install(plan, sobject, made, new=old is None)
    return made


def _field_element(package: Package, sobject_name: str, field_name: str) -> Element | None:
    file = f"objects/{sobject_name}.object"
    if file not in package.files:
        return None
    root = parse_xml(package.files[file], "CustomObject", file)
    found = [each for each in children(root, "fields") if child_text(each, "fullName") == field_name]
    if len(found) > 1:
        raise BadPart(f"Duplicate name '{field_name}' specified", found[1].sourceline)
    return found[0] if found else None


def _check_contents(plan: Plan, sobject: SObject, made: Field) -> None:
    table = plan.org.tables.get(sobject.name)
    rows = list(table.rows.values()) if table else []
    held = (row.get(made.name) for row in rows) if sobject.field(made.name) else ()
    if not all(value is None or fits(made, value) for value in held):
        raise BadPart(f"Cannot shrink {sobject.name}.{made.name}: existing data would not fit")
    if made.master and sobject.field(made.name) is None and rows:
        raise BadPart(f"Cannot create a master-detail field on {sobject.name}: it has records already")


def _check_count(plan: Plan, sobject: SObject, coming: list[Field]) -> None:
    names = {item.name for item in sobject if item.custom} | {item.name for item in coming}
    if len(names) > plan.org.edition.custom_fields:
        raise BadPart(f"{sobject.name} would have more than {plan.org.edition.custom_fields} custom fields")


def _type_summary(plan: Plan, made: Field) -> None:
    """A sum, least or greatest value is of the type of what it sums up; a count is a whole number."""
    if made.summary is None or made.summary.operation == "count":
        return
    summed = _summed(plan, made.summary.child, made.summary.field)
    allowed = ("double", "currency", "percent", *(("date", "datetime") if made.summary.operation != "sum" else ()))
    if summed is None or summed.type not in allowed:
        raise BadPart(f"The summarizedField {made.summary.child}.{made.summary.field} cannot be summed up")
    made.type, made.precision, made.scale = summed.type, 18 if summed.precision else 0, summed.scale


def _summed(plan: Plan, child: str, name: str) -> Field | None:
    """The field that a summary sums up; it may come later in the same package."""
    found = plan.field(plan.objects.get(child), name)
    element = _field_element(plan.package, child, name) if found is None else None
    return read_field(element, set(plan.objects)) if element is not None else found


def _judge_together(plan: Plan, sobject: SObject, made: Field) -> None:
    if made.reference_to:
        _check_relationship(plan, sobject, made)
    if made.summary is not None:
        _check_summary(plan, sobject, made)
    try:
        if made.formula:
            part = compile_formula(made.formula, sobject, plan.world())
            made.compute = fit(part, FORMULA_KINDS[made.type], made.scale, blank_as_zero=False)
        if made.default_formula:
            part = compile_formula(made.default_formula, None, plan.world())
            made.compute_default = fit(part, FORMULA_KINDS.get(made.type, "text"), made.scale, blank_as_zero=False)
    except FormulaError as problem:
        raise BadPart(f"Error: {problem}" if made.formula else f"Default value: {problem}") from None


def _check_relationship(plan: Plan, sobject: SObject, made: Field) -> None:
    """The name under which a parent reaches its children is one child's alone."""
    for other in plan.objects.values():
        for item in plan.fields(other):
            same = item.reference_to == made.reference_to and item.children.lower() == made.children.lower()
            if same and (other.name, item.name) != (sobject.name, made.name):
                text = f"There is already a Child Relationship named {made.children.removesuffix('__r')} on"
                raise BadPart(f"{text} {made.reference_to}.")
    masters = [item for item in plan.fields(sobject) if item.master]
    if made.master and (len(masters) > MASTERS_MAX or not sobject.custom):
        raise BadPart(f"{sobject.name} cannot have one more master-detail field")


def _check_summary(plan: Plan, sobject: SObject, made: Field) -> None:
    summary = made.summary
    if summary is None:
        return
    child = plan.objects.get(summary.child)
    lookup = plan.field(child, summary.lookup)
    if child is None or lookup is None or not lookup.master or lookup.reference_to != sobject.name:
        text = f"The summaryForeignKey {summary.child}.{summary.lookup} is no master-detail field to {sobject.name}"
        raise BadPart(text)
    for name, _, text in summary.filters:
        item = plan.field(child, name)
        if item is None:
            raise BadPart(f"summaryFilterItems: no field {summary.child}.{name} found")
        try:
            filter_value(item, text)
        except ValueError:
            raise BadPart(f"summaryFilterItems: '{text}' is no value of {summary.child}.{name}") from None


def _install(plan: Plan, sobject: SObject, made: Field, *, new: bool) -> None:
    sobject.add([made])
    table = plan.org.tables[sobject.name]
    default = stored_default(made)
    if new and default is not None:
        for row in table.rows.values():
            row[made.name] = default
    table.refresh()
    if made.summary is not None:
        plan.finish.append(lambda: _sum_up(plan, sobject, made))


def _sum_up(plan: Plan, sobject: SObject, made: Field) -> None:
    """What a new summary shows of records that are there already; it leaves no trace on them."""
    tx = Tx(plan.org, plan.user_id, system=True)
    for record_id, row in list(plan.org.tables[sobject.name].rows.items()):
        if not row["IsDeleted"]:
            tx.write(sobject.name, record_id, {made.name: summarised(tx, made, record_id)}, silent=True)
