// The demo's page. It asks for the state once a second, shows it, and lights up what has changed.
// Everything shown is set as text, never as markup.
"use strict";

const EVERY_MS = 1000;
const LIT_MS = 6000;
const GROUPS = [
  ["", "All"], ["in_step", "In step"], ["on_its_way", "On its way"], ["needs_you", "Needs you"], ["left_out", "Left out"],
];
const SIDES = { salesforce: "Salesforce", quickbooks: "QuickBooks" };
const WHAT = { salesforce: "Account", quickbooks: "customer" };

// key, label, where it can be edited ("" = both), shape
const FIELDS = [
  ["name", "Name", "", "wide"],
  ["phone", "Phone", "", ""], ["fax", "Fax", "", ""], ["number", "Account number", "", ""],
  ["street", "Street", "", "wide lines"],
  ["city", "City", "", ""], ["state", "State", "", ""], ["postal_code", "Postal code", "", ""],
  ["country", "Country", "", ""], ["terms", "Terms", "quickbooks", "terms"], ["credit_limit", "Credit limit", "quickbooks", ""],
  ["first", "Billing contact’s first name", "", "half start"], ["last", "Billing contact’s last name", "", "half"],
  ["email", "Billing contact’s e-mail", "", "half"], ["contact_phone", "Billing contact’s phone", "", "half"],
  ["active", "Active", "", "wide tick"],
];

const $ = (id) => document.getElementById(id);
let state = null;          // the last one that came
let shown = new Map();     // row key -> JSON of what is shown
let before = new Map();    // side + record id -> the view as it was last seen
const lit = new Map();     // side + record id -> what of it has just arrived, and until when that shows
let group = "";
let words = "";
let editing = null;        // {side, view or null}

// Small helpers ------------------------------------------------------------------------

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

async function ask(path, body) {
  const options = body && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(path, options || {});
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error || "That did not work.");
  return answer;
}

function place(view) {
  const town = [view.city, [view.state, view.postal_code].filter(Boolean).join(" ")].filter(Boolean).join(", ");
  const street = (view.street || "").split("\n").filter(Boolean);
  return [...street, town, view.country].filter(Boolean).join(" · ");
}

function person(view) {
  const name = [view.first, view.last].filter(Boolean).join(" ");
  return [name, view.email, view.contact_phone].filter(Boolean).join(" · ");
}

// What a card shows: label, text, and the fields that light it up when they change.
const LINES = [
  ["Phone", (v) => v.phone, ["phone"]],
  ["Fax", (v) => v.fax, ["fax"]],
  ["Number", (v) => v.number, ["number"]],
  ["Address", place, ["street", "city", "state", "postal_code", "country"]],
  ["Contact", person, ["first", "last", "email", "contact_phone"]],
  ["Terms", (v) => v.terms, ["terms"]],
  ["Tax code", (v) => v.tax_code, ["tax_code"]],
  ["Credit limit", (v) => v.credit_limit, ["credit_limit"]],
  ["Balance", (v) => (Number(v.balance) ? v.balance : ""), ["balance"]],
];

// Rows -------------------------------------------------------------------------------

function notice(side, view) {
  // Compare with what was last seen; a sentence on it, or nothing.
  const key = `${side} ${view.id}`;
  const old = before.get(key);
  if (!before.size) return "";
  const fields = old ? Object.keys(view).filter((name) => (view[name] ?? null) !== (old[name] ?? null)) : [];
  if (old && !fields.length) return "";
  const earlier = lit.get(key);
  lit.set(key, {
    fields: [...fields, ...(earlier ? earlier.fields : [])], whole: !old || Boolean(earlier && earlier.whole),
    until: Date.now() + LIT_MS,
  });
  return `${view.name} ${old ? "changed" : "arrived"} in ${SIDES[side]}.`;
}

function dim() {
  // Take the light off what has been there for a while.
  for (const [key, each] of lit) {
    if (each.until > Date.now()) continue;
    lit.delete(key);
    const [side, id] = key.split(" ");
    const button = document.querySelector(`[data-edit="${side}"][data-id="${CSS.escape(id)}"]`);
    const made = button && button.closest(".card");
    if (made) [made, ...made.querySelectorAll(".arrived")].forEach((node) => node.classList.remove("arrived"));
  }
}

function parts(text) {
  // Each part stays in one piece where the line has room for it.
  return text.split(" · ").flatMap((part, index) => [index ? " · " : "", element("span", {}, part)]);
}

function card(side, view) {
  if (!view) return null;
  const light = lit.get(`${side} ${view.id}`);
  const made = element("article", { class: `card ${side}${view.active === false ? " inactive" : ""}` });
  const label = `${view.name || "(no name)"}`;
  const button = element("button", { type: "button", "data-edit": side, "data-id": view.id }, label);
  button.setAttribute("aria-label", `Edit ${label}, ${SIDES[side]} ${WHAT[side]}`);
  const title = element("h3", {}, button);
  if (view.won) title.append(element("span", { class: "tag won" }, "won"));
  if (view.job) title.append(element("span", { class: "tag" }, "job"));
  if (view.active === false) title.append(element("span", { class: "tag" }, "inactive"));
  const list = element("dl");
  for (const [term, text, fields] of LINES) {
    const value = text(view);
    if (!value) continue;
    const line = element("div", {}, element("dt", {}, term), element("dd", {}, ...parts(value)));
    if (light && light.fields.some((key) => fields.includes(key))) line.classList.add("arrived");
    list.append(line);
  }
  made.append(title);
  if (view.parent) made.append(element("p", { class: "parent" }, `under ${view.parent}`));
  made.append(list);
  if (light) made.classList.add("arrived");
  return made;
}

function blank(row, side) {
  return element("div", { class: "none" }, row.deleted.includes(side) ? `Deleted in ${SIDES[side]}` : "—");
}

function build(row) {
  const between = element("div", { class: `between ${row.group}` }, element("span", { class: "mark" }, row.label));
  if (row.reason) between.append(element("p", {}, row.reason));
  if (row.timeline) {
    const what = row.group === "needs_you" ? "Decide in the admin" : "Timeline";
    const link = element("a", { href: state.admin + row.timeline, target: "_blank", rel: "noopener" }, what);
    link.append(element("span", { class: "hidden" }, ` of ${(row.salesforce || row.quickbooks).name}`));
    between.append(link);
  }
  const made = element("li", { class: "row", "data-key": row.key });
  made.append(
    card("salesforce", row.salesforce) || blank(row, "salesforce"),
    between,
    card("quickbooks", row.quickbooks) || blank(row, "quickbooks"),
  );
  return made;
}

function wanted(row) {
  if (group && row.group !== group) return false;
  if (!words) return true;
  const names = [row.salesforce, row.quickbooks].filter(Boolean).map((view) => view.name || "");
  return names.some((name) => name.toLowerCase().includes(words));
}

function show() {
  const list = $("rows");
  const present = new Map([...list.children].map((child) => [child.dataset.key, child]));
  const focused = document.activeElement && document.activeElement.dataset ? { ...document.activeElement.dataset } : {};
  const news = [];
  const order = [];
  dim();
  for (const row of state.rows) {
    const text = JSON.stringify(row);
    for (const side of Object.keys(SIDES)) {
      const said = row[side] && notice(side, row[side]);
      if (said) news.push(said);
    }
    if (!wanted(row)) {
      shown.delete(row.key);
      continue;
    }
    let item = present.get(row.key);
    if (!item || shown.get(row.key) !== text) {
      const fresh = build(row);
      if (item) item.replaceWith(fresh);
      item = fresh;
      shown.set(row.key, text);
    }
    order.push(item);
  }
  // Moving a node that is where it belongs would take the focus from it.
  order.forEach((item, index) => {
    if (list.children[index] !== item) list.insertBefore(item, list.children[index] || null);
  });
  while (list.children.length > order.length) list.lastElementChild.remove();
  if (focused.edit && !document.querySelector("dialog[open]")) focusCard(focused.edit, focused.id);
  before = new Map(state.rows.flatMap((row) =>
    Object.keys(SIDES).filter((side) => row[side]).map((side) => [`${side} ${row[side].id}`, row[side]])));
  $("empty").hidden = order.length > 0;
  if (news.length) $("news").textContent = news.slice(0, 3).join(" ") + (news.length > 3 ? ` And ${news.length - 3} more.` : "");
}

function focusCard(side, id) {
  const same = document.querySelector(`[data-edit="${side}"][data-id="${CSS.escape(id)}"]`);
  if (same && same !== document.activeElement) same.focus({ preventScroll: true });
}

function showChips() {
  const total = state.rows.length;
  $("chips").replaceChildren(...GROUPS.map(([key, label]) => {
    const number = key ? state.counts[key] || 0 : total;
    const chip = element("button", { type: "button", class: "chip", "aria-pressed": String(group === key), "data-group": key });
    chip.append(`${label} `, element("b", {}, String(number)));
    return chip;
  }));
}

function times() {
  const at = (moment) => new Date(moment).toLocaleTimeString();
  const called = state.sync.called ? `The Web Connector called at ${at(state.sync.called)}.` : "The Web Connector has not called yet.";
  return state.sync.cycle ? `${called} Last cycle ${at(state.sync.cycle)}.` : called;
}

let chipsShown = "";
function showTop() {
  const status = $("status");
  status.className = `status ${state.sync.mood}`;
  $("status-text").textContent = state.sync.wrong || times();
  $("admin").href = state.admin + state.links.admin;
  $("history").href = state.admin + state.links.history;
  const text = JSON.stringify([state.counts, state.rows.length, group]);
  if (text !== chipsShown) {
    const focused = document.activeElement && document.activeElement.dataset && document.activeElement.dataset.group;
    showChips();
    if (focused !== undefined && focused !== null) document.querySelector(`[data-group="${focused}"]`)?.focus();
    chipsShown = text;
  }
}

// The editor ---------------------------------------------------------------------------

function control(key, shape, value, side) {
  if (shape.includes("tick")) return element("input", { type: "checkbox", name: key, checked: value !== false });
  if (shape.includes("lines")) {
    const area = element("textarea", { name: key, rows: "3" });
    area.value = value || "";
    return area;
  }
  if (shape.includes("terms")) {
    const options = ["", ...state.terms].map((name) => element("option", { value: name, selected: name === (value || "") }, name || "none"));
    return element("select", { name: key }, ...options);
  }
  const input = element("input", { type: "text", name: key, autocomplete: "off" });
  input.value = value || "";
  return input;
}

function open(side, view) {
  editing = { side, view };
  $("editor").className = side;
  $("editor-side").textContent = SIDES[side];
  $("editor-title").textContent = view ? view.name : `A new ${WHAT[side]}`;
  $("problem").hidden = true;
  const fields = FIELDS.filter(([, , only]) => !only || only === side).map(([key, label, , shape]) => {
    const input = control(key, shape, view ? view[key] : null, side);
    const text = key === "active" && side === "salesforce" ? "Active in QuickBooks" : label;
    return shape.includes("tick")
      ? element("label", { class: `field ${shape}` }, input, text)
      : element("label", { class: `field ${shape}` }, element("span", {}, text), input);
  });
  if (!view && side === "salesforce") {
    const tick = element("input", { type: "checkbox", name: "won", checked: true });
    fields.push(element("label", { class: "field wide tick" }, tick, "It has a won opportunity"));
  }
  $("fields").replaceChildren(...fields);
  $("delete").hidden = !view;
  $("win").hidden = !view || side !== "salesforce" || view.won;
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
  return values;
}

async function act(what, values = {}) {
  const buttons = $("form").querySelectorAll("button");
  buttons.forEach((button) => { button.disabled = true; });
  try {
    await ask("/api/do", { act: what, side: editing.side, id: editing.view ? editing.view.id : "", values });
    $("editor").close();
    await refresh();
  } catch (error) {
    $("problem").textContent = error.message;
    $("problem").hidden = false;
  } finally {
    buttons.forEach((button) => { button.disabled = false; });
  }
}

// Wiring -------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-edit], [data-add], [data-group]");
  if (!target || !state) return;
  if (target.dataset.edit) {
    const { edit: side, id } = target.dataset;
    const row = state.rows.find((each) => each[side] && each[side].id === id);
    if (row) open(side, row[side]);
  } else if (target.dataset.add) {
    open(target.dataset.add, null);
  } else {
    group = target.dataset.group;
    showTop();
    show();
  }
});
$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const values = filled();
  if (editing.view && !Object.keys(values).length) $("editor").close();
  else act(editing.view ? "edit" : "add", values);
});
$("cancel").addEventListener("click", () => $("editor").close());
$("delete").addEventListener("click", () => {
  if (window.confirm(`Delete ${editing.view.name} in ${SIDES[editing.side]}?`)) act("delete");
});
$("win").addEventListener("click", () => act("win"));
$("editor").addEventListener("close", () => {
  if (editing && editing.view) focusCard(editing.side, editing.view.id);
});
$("search").addEventListener("input", (event) => {
  words = event.target.value.trim().toLowerCase();
  if (state) show();
});
$("sync").addEventListener("click", async () => {
  $("sync").disabled = true;
  try {
    await ask("/api/do", { act: "sync" });
    await refresh();
  } catch (error) {
    $("status-text").textContent = error.message;
  } finally {
    $("sync").disabled = false;
  }
});

let latest = 0;
async function refresh() {
  const mine = ++latest;
  const came = await ask("/api/state");
  if (mine !== latest) return; // a later one was asked for meanwhile
  state = came;
  showTop();
  show();
}

async function keepFresh() {
  try {
    if (!document.hidden) await refresh();
  } catch (error) {
    $("status").className = "status ill";
    $("status-text").textContent = "The demo does not answer: has it been stopped?";
  }
  setTimeout(keepFresh, EVERY_MS);
}
keepFresh();
