// The demo's page. It asks for the state once a second, shows it, and lights up what has changed.
// Everything shown is set as text, never as markup.
"use strict";

const EVERY_MS = 1000;
const LIT_MS = 6000;
const GROUPS = [
  ["", "All"], ["in_step", "In step"], ["on_its_way", "On its way"], ["needs_you", "Needs you"], ["left_out", "Left out"],
];
const SIDES = { salesforce: "Salesforce", quickbooks: "QuickBooks" };
const $ = (id) => document.getElementById(id);
let state = null;          // the last one that came
let shown = new Map();     // row key -> JSON of what is shown
let before = new Map();    // part + side + record id -> the view as it was last seen
const lit = new Map();     // part + side + record id -> what of it has just arrived, and until when that shows
let part = "customer";     // the kind of records that is shown
let group = "";
let words = "";

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

// Rows -------------------------------------------------------------------------------

function same(one, other) {
  return JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
}

function notice(of, side, view) {
  // Compare with what was last seen; a sentence on it, or nothing.
  const key = `${of} ${side} ${view.id}`;
  const old = before.get(key);
  if (!before.size) return "";
  const fields = old ? Object.keys(view).filter((name) => !same(view[name], old[name])) : [];
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
    const [of, side, id] = key.split(" ");
    const button = of === part && document.querySelector(`[data-edit="${side}"][data-id="${CSS.escape(id)}"]`);
    const made = button && button.closest(".card");
    if (made) [made, ...made.querySelectorAll(".arrived")].forEach((node) => node.classList.remove("arrived"));
  }
}

function pieces(text) {
  // Each piece stays whole where the line has room for it.
  return text.split(" · ").flatMap((each, index) => [index ? " · " : "", element("span", {}, each)]);
}

function productLines(view, light) {
  // What is sold: quantity, item, price and sum.
  const table = element("table", { class: "lines" });
  if (light && light.fields.includes("lines")) table.classList.add("arrived");
  for (const each of view.lines || []) {
    const rate = each.rate ? `at ${money(each.rate)}` : "";
    table.append(element("tr", {}, element("td", {}, each.quantity || ""), element("td", {}, each.item || ""),
      element("td", {}, rate), element("td", {}, each.amount ? money(each.amount) : "")));
  }
  return table;
}

function card(side, view) {
  if (!view) return null;
  const kind = KINDS[part];
  const light = lit.get(`${part} ${side} ${view.id}`);
  const made = element("article", { class: `card ${side}${view.active === false ? " inactive" : ""}` });
  const label = `${view.name || "(no name)"}`;
  const button = element("button", { type: "button", "data-edit": side, "data-id": view.id }, label);
  button.setAttribute("aria-label", `Edit ${label}, ${SIDES[side]} ${kind.nouns[side][0]}`);
  const title = element("h3", {}, button);
  const tags = [...kind.tags(view), view.active === false && ["inactive", ""]];
  for (const [text, look] of tags.filter(Boolean)) title.append(element("span", { class: `tag ${look}` }, text));
  const list = element("dl");
  const shownLines = side === "quickbooks" && kind.linesThere ? kind.linesThere : kind.lines;
  for (const [term, text, fields] of shownLines) {
    const value = text(view);
    if (!value) continue;
    const item = element("div", {}, element("dt", {}, term), element("dd", {}, ...pieces(value)));
    if (light && light.fields.some((key) => fields.includes(key))) item.classList.add("arrived");
    list.append(item);
  }
  made.append(title);
  if (view.parent) made.append(element("p", { class: "parent" }, `under ${view.parent}`));
  made.append(list);
  if (view.lines && view.lines.length) made.append(productLines(view, light));
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
  if (row.part !== part) return false;
  if (group && row.group !== group) return false;
  if (!words) return true;
  const names = [row.salesforce, row.quickbooks].filter(Boolean).map((view) => `${view.name || ""} ${view.customer || ""}`);
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
      const said = row[side] && notice(row.part, side, row[side]);
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
    Object.keys(SIDES).filter((side) => row[side]).map((side) => [`${row.part} ${side} ${row[side].id}`, row[side]])));
  $("empty").hidden = order.length > 0;
  if (news.length) $("news").textContent = news.slice(0, 3).join(" ") + (news.length > 3 ? ` And ${news.length - 3} more.` : "");
}

function focusCard(side, id) {
  const same = document.querySelector(`[data-edit="${side}"][data-id="${CSS.escape(id)}"]`);
  if (same && same !== document.activeElement) same.focus({ preventScroll: true });
}

function showChips() {
  const counts = state.counts[part];
  const total = state.rows.filter((row) => row.part === part).length;
  $("chips").replaceChildren(...GROUPS.map(([key, label]) => {
    const number = key ? counts[key] || 0 : total;
    const chip = element("button", { type: "button", class: "chip", "aria-pressed": String(group === key), "data-group": key });
    chip.append(`${label} `, element("b", {}, String(number)));
    return chip;
  }));
}

function showParts() {
  // The kinds of records; a dot tells where something has just arrived, a number how much waits for a person.
  $("parts").replaceChildren(...Object.entries(KINDS).map(([key, kind]) => {
    const tab = element("button", { type: "button", class: "tab", "data-part": key });
    if (key === part) tab.setAttribute("aria-current", "true");
    tab.append(kind.label);
    const asking = state.counts[key].needs_you || 0;
    if (asking) tab.append(element("span", { class: "asking", title: `${asking} need you` }, String(asking)));
    if (freshParts().has(key)) tab.append(element("span", { class: "dot", title: "something has just arrived" }));
    return tab;
  }));
  for (const side of Object.keys(SIDES)) {
    const { nouns, add } = KINDS[part];
    $(`noun-${side}`).textContent = nouns[side][1];
    $(`add-${side}`).hidden = !add[side];
    $(`add-${side}`).textContent = add[side] || "";
  }
}

function freshParts() {
  return new Set([...lit.keys()].map((key) => key.split(" ")[0]));
}

function times() {
  const at = (moment) => new Date(moment).toLocaleTimeString();
  if (state.sync.mood === "busy") return "Both sides are being brought into step…";
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
  const text = JSON.stringify([state.counts, state.rows.length, group, part, [...freshParts()]]);
  if (text !== chipsShown) {
    const focused = { ...(document.activeElement ? document.activeElement.dataset : {}) };
    showParts();
    showChips();
    if (focused.group !== undefined) document.querySelector(`[data-group="${focused.group}"]`)?.focus();
    if (focused.part && !document.querySelector("dialog[open]")) document.querySelector(`[data-part="${focused.part}"].tab`)?.focus();
    chipsShown = text;
  }
}

// Wiring -------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-edit], [data-add], [data-group], .tab");
  if (!target || !state) return;
  if (target.dataset.edit) {
    const { edit: side, id } = target.dataset;
    const row = state.rows.find((each) => each.part === part && each[side] && each[side].id === id);
    if (row) open(side, row[side]);
  } else if (target.dataset.add) {
    open(target.dataset.add, null);
  } else if (target.dataset.part) {
    part = target.dataset.part;
    group = "";
    window.scrollTo(0, 0);
    showTop();
    show();
  } else {
    group = target.dataset.group;
    showTop();
    show();
  }
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
  show();
  showTop();
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
