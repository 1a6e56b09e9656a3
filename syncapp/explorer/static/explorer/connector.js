// The connector's forms and pages. Everything works without it, but for these comforts: counters while typing,
// only the chosen branch of a choice, lines added in place, names suggested, tables that refresh themselves.
"use strict";

const every = (selector, root = document) => [...root.querySelectorAll(selector)];

// How much of a limit is used. Nothing is ever cut: what is too long is marked, and refused with its reason.
function count(input) {
  const limit = Number(input.dataset.limit);
  const used = [...input.value].length;
  let shown = input.parentElement.querySelector(".connector-count");
  if (!shown) {
    shown = document.createElement("span");
    shown.className = "connector-count";
    input.parentElement.append(shown);
  }
  shown.textContent = used ? `${used}/${limit}` : "";
  shown.classList.toggle("connector-over", used > limit);
  input.classList.toggle("connector-over", used > limit);
}

const NUMBERS = { int: /^[+-]?\d+$/, amount: /^[+-]?\d+(\.\d{1,2})?$/ };
function checkNumber(input) {
  const text = input.value.trim();
  const pattern = NUMBERS[input.dataset.number] || /^[+-]?\d+(\.\d+)?$/;
  input.classList.toggle("connector-over", text !== "" && !pattern.test(text));
}

// Of a choice, only the chosen branch is shown and sent.
function choose(fieldset) {
  const which = fieldset.querySelector(":scope > [data-which]").value;
  for (const branch of every(":scope > [data-branch]", fieldset)) {
    branch.hidden = branch.dataset.branch !== which;
    for (const input of every("input, select, textarea", branch)) {
      input.disabled = Boolean(input.closest("[data-branch][hidden]"));
    }
  }
}

function prepare(root) {
  every("[data-limit]", root).forEach(count);
  every("[data-number]", root).forEach(checkNumber);
  every("[data-oneof]", root).forEach(choose);
  every("[data-remove]", root).forEach((button) => { button.hidden = false; });
}

function numberLines(lines) {
  const titles = every(":scope > [data-items] > [data-line] > header > [data-title]", lines);
  titles.forEach((title, i) => { title.textContent = `${title.dataset.title} ${i + 1}`; });
}

function addLine(button) {
  const lines = button.closest("[data-lines]");
  const blank = lines.querySelector(":scope > template");
  const key = lines.dataset.lines;
  const used = every("[name]", lines).map((input) => input.name).filter((name) => name.startsWith(`d:${key}[`));
  const numbers = used.map((name) => parseInt(name.slice(`d:${key}[`.length), 10) || 0);
  const number = Math.max(0, ...numbers) + 1;
  const made = document.createElement("div");
  made.innerHTML = blank.innerHTML.replaceAll(`${key}[__n__]`, `${key}[${number}]`);
  const line = made.firstElementChild;
  lines.querySelector(":scope > [data-items]").append(line);
  numberLines(lines);
  prepare(line);
  line.querySelector("input, select, textarea")?.focus();
}

// Names that a reference may take, from what this company answered lately.
const suggested = new Map();
async function suggest(input) {
  const list = document.getElementById("connector-names");
  if (!list) return;
  const name = input.dataset.names;
  if (!suggested.has(name)) {
    const url = `${list.dataset.url}?name=${encodeURIComponent(name)}`;
    suggested.set(name, fetch(url).then((answer) => (answer.ok ? answer.json() : { names: [] })).catch(() => ({ names: [] })));
  }
  const { names } = await suggested.get(name);
  list.replaceChildren(...names.map((each) => Object.assign(document.createElement("option"), { value: each })));
}

function search(input) {
  const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const row of every(input.dataset.search)) {
    row.hidden = !words.every((word) => row.dataset.words.includes(word));
    row.style.display = row.hidden ? "none" : "";
  }
  for (const section of every("[data-section]")) {
    section.style.display = every(input.dataset.search, section).some((row) => !row.hidden) ? "" : "none";
  }
}

// A job's page follows its job until that has ended.
async function follow(part) {
  for (;;) {
    await new Promise((done) => setTimeout(done, Number(part.dataset.seconds) * 1000));
    const typing = document.activeElement?.closest("input, select, textarea");
    if (document.hidden || (typing && part.contains(typing))) continue;
    try {
      const answer = await fetch(part.dataset.follow);
      if (!answer.ok) continue;
      const scrolled = part.querySelector(".connector-scroll")?.scrollLeft || 0;
      part.innerHTML = await answer.text();
      const table = part.querySelector(".connector-scroll");
      if (table) table.scrollLeft = scrolled;
      prepare(part);
      if (answer.headers.get("X-Job-Open") !== "yes") return;
    } catch { /* the network is away for a moment */ }
  }
}

document.addEventListener("input", ({ target }) => {
  if (target.dataset.limit) count(target);
  if (target.dataset.number) checkNumber(target);
  if (target.dataset.search) search(target);
});
document.addEventListener("change", ({ target }) => {
  if ("which" in target.dataset) choose(target.parentElement);
  if ("submit" in target.dataset) target.form.submit();
});
document.addEventListener("focusin", ({ target }) => {
  if (target.dataset?.names) suggest(target);
});
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button");
  if (!button) return;
  if ("add" in button.dataset) {
    event.preventDefault();
    addLine(button);
  } else if ("remove" in button.dataset) {
    const lines = button.closest("[data-lines]");
    button.closest("[data-line]").remove();
    numberLines(lines);
  } else if ("copy" in button.dataset) {
    navigator.clipboard?.writeText(document.getElementById(button.dataset.copy).textContent.trim());
    button.textContent = "Copied";
  }
});

document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  if (event.target.dataset.sent) event.preventDefault(); // a second click
  event.target.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => every("form[data-sent]").forEach((form) => delete form.dataset.sent));

document.documentElement.classList.add("connector-scripted");
prepare(document);
every("[data-follow]").forEach(follow);
