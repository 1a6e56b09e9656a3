// The form in which one record is entered or edited, made of what kinds.js says of its kind.
"use strict";

let editing = null; // {kind, side, view or null}

function choice(name, value, options, mustBe) {
  const held = value && !options.includes(value) ? [value, ...options] : options;
  const all = (mustBe ? held : ["", ...held]).map((each) =>
    element("option", { value: each, selected: each === (value || "") }, each || "none"));
  return element("select", { name }, ...all);
}

function control(key, shape, value, choices) {
  if (shape.includes("tick")) return element("input", { type: "checkbox", name: key, checked: value !== false });
  if (shape.includes("lines")) {
    const area = element("textarea", { name: key, rows: "3" });
    area.value = value || "";
    return area;
  }
  if (choices) return choice(key, value, state.choices[choices.replace("!", "")], choices.endsWith("!"));
  const input = element("input", { type: "text", name: key, autocomplete: "off" });
  input.value = value || "";
  return input;
}

// Lines of an opportunity or a document

function lineRow(choices, held, number) {
  const row = element("div", { class: "line", "data-line": held ? held.id : "" });
  const item = choice("", held && held.item, state.choices[choices], false);
  item.setAttribute("aria-label", `Line ${number}: item`);
  if (held && editing.side === "quickbooks") item.disabled = true; // QuickBooks's line keeps its item here
  row.append(item);
  for (const [part, label] of [["quantity", "quantity"], ["rate", "price"]]) {
    const input = element("input", { type: "text", inputmode: "decimal", autocomplete: "off", placeholder: label });
    input.setAttribute("aria-label", `Line ${number}: ${label}`);
    input.value = (held && held[part]) || "";
    input.dataset.part = part;
    row.append(input);
  }
  const remove = element("button", { type: "button", class: "button quiet", "data-drop": "" }, "Remove");
  remove.setAttribute("aria-label", `Remove line ${number}`);
  row.append(remove);
  return row;
}

function lineField(label, choices, view) {
  const box = element("fieldset", { class: "field rows" }, element("legend", {}, label));
  if (view && view.grouped) {
    box.append(element("p", { class: "note" }, "It holds a group, whose lines this page does not change."));
    return box;
  }
  const held = (view && view.lines) || [];
  box.id = "lines";
  box.dataset.choices = choices;
  box.dataset.before = JSON.stringify(held.map((each) => [each.id, each.item, each.quantity, each.rate]));
  const rows = held.length ? held : [null];
  rows.forEach((each, index) => box.append(lineRow(choices, each, index + 1)));
  box.append(element("button", { type: "button", class: "button quiet more", "data-more": "" }, "One more line"));
  return box;
}

function enteredLines() {
  // The lines as they stand in the form, or null where nobody has changed one.
  const box = $("lines");
  if (!box) return null;
  const rows = [...box.querySelectorAll(".line")].map((row) => ({
    id: row.dataset.line, item: row.querySelector("select").value,
    quantity: row.querySelector("[data-part=quantity]").value.trim(), rate: row.querySelector("[data-part=rate]").value.trim(),
  })).filter((each) => each.id || each.item);
  const now = JSON.stringify(rows.map((each) => [each.id, each.item, each.quantity || null, each.rate || null]));
  return now === box.dataset.before ? null : rows;
}

function open(side, view) {
  const kind = KINDS[part];
  editing = { kind: part, side, view };
  const [noun] = kind.nouns[side];
  $("editor").className = side;
  $("editor-side").textContent = SIDES[side];
  $("editor-title").textContent = view ? view.name : `A new ${noun}`;
  $("problem").hidden = true;
  const when = view ? "edit" : "add";
  const fields = kind.fields.filter(([, , only, , , at]) => (!only || only === side) && (!at || at === when)).map(
    ([key, label, , shape = "", choices]) => {
      if (shape === "rows") return lineField(label, choices, view);
      const input = control(key, shape, view ? view[key] : null, choices);
      if (choices) input.setAttribute("aria-label", label); // the label's own text would hold all the choices
      const text = key === "active" && side === "salesforce" && part === "customer" ? "Active in QuickBooks" : label;
      return shape.includes("tick")
        ? element("label", { class: `field ${shape}` }, input, text)
        : element("label", { class: `field ${shape}` }, element("span", {}, text), input);
    });
  if (kind.note && kind.note[side]) fields.push(element("p", { class: "field wide note" }, kind.note[side]));
  $("fields").replaceChildren(...fields);
  $("acts").replaceChildren(...(view ? kind.acts[side] : []).filter(([, , fits]) => fits(view)).map(([name, label]) =>
    element("button", { type: "button", class: `button${name === "delete" ? " danger" : ""}`, "data-act": name }, label)));
  $("editor").showModal();
}

function filled() {
  // Only what was changed, so that an edit here is as small as one made in the program itself.
  const values = {};
  for (const input of $("form").querySelectorAll("[name]")) {
    const now = input.type === "checkbox" ? input.checked : input.value.trim();
    const view = editing.view || {};
    const old = input.type === "checkbox" ? (editing.view ? view[input.name] !== false : null) : view[input.name] || "";
    if (input.name === "won" || (editing.view ? now !== old : input.type !== "checkbox" && now !== "")) values[input.name] = now;
    if (!editing.view && input.name === "active" && !now) values.active = false;
  }
  const lines = enteredLines();
  if (lines) values.lines = lines;
  return values;
}

async function act(what, values = {}) {
  const buttons = [...$("form").querySelectorAll("button")];
  buttons.forEach((button) => { button.disabled = true; });
  try {
    const { kind, side, view } = editing;
    await ask("/api/do", { act: what, kind, side, id: view ? view.id : "", values });
    $("editor").close();
    await refresh();
  } catch (error) {
    $("problem").textContent = error.message;
    $("problem").hidden = false;
  } finally {
    buttons.forEach((button) => { button.disabled = false; });
  }
}

function start(name) {
  // An act of the record: at once, after a question, or after one value has been given.
  const { kind, side, view } = editing;
  const [, label, , wants] = KINDS[kind].acts[side].find(([each]) => each === name);
  if (wants) {
    const [key, question, from] = wants;
    const input = control(key, "", view[from]);
    editing.act = name;
    $("editor-title").textContent = `${label}: ${view.name}`;
    $("fields").replaceChildren(element("label", { class: "field wide" }, element("span", {}, question), input));
    $("acts").replaceChildren();
    input.select();
  } else if (!["delete", "void"].includes(name) || window.confirm(`${label} ${view.name} in ${SIDES[side]}?`)) {
    act(name);
  }
}

$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (editing.act) {
    const [input] = $("fields").querySelectorAll("[name]");
    act(editing.act, { [input.name]: input.value.trim() });
    return;
  }
  const values = filled();
  if (editing.view && !Object.keys(values).length) $("editor").close();
  else act(editing.view ? "edit" : "add", values);
});
$("form").addEventListener("click", (event) => {
  const target = event.target.closest("[data-act], [data-more], [data-drop]");
  if (!target) return;
  if (target.dataset.act) start(target.dataset.act);
  else if (target.dataset.drop !== undefined) target.closest(".line").remove();
  else target.before(lineRow($("lines").dataset.choices, null, $("lines").querySelectorAll(".line").length + 1));
});
$("cancel").addEventListener("click", () => $("editor").close());
$("editor").addEventListener("close", () => {
  if (editing && editing.view) focusCard(editing.side, editing.view.id);
});
