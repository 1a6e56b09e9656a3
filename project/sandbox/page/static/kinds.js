// What the page shows of each kind of record, and what a person can do with it.
"use strict";

function place(view) {
  const town = [view.city, [view.state, view.postal_code].filter(Boolean).join(" ")].filter(Boolean).join(", ");
  const street = (view.street || "").split("\n").filter(Boolean);
  return [...street, town, view.country].filter(Boolean).join(" · ");
}

function person(view) {
  const name = [view.first, view.last].filter(Boolean).join(" ");
  return [name, view.email, view.contact_phone].filter(Boolean).join(" · ");
}

const money = (text) => text && Number(text).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const line = (label, name) => [label, (view) => view[name], [name]];
const sum = (label, name) => [label, (view) => money(view[name]), [name]];
const owed = (label, name) => [label, (view) => (Number(view[name]) ? money(view[name]) : ""), [name]];

// An act: name, label, which views it is for, and the one field that it asks for, if any.
const PAY = ["pay", "Receive a payment", (v) => v.type === "Invoice" && Number(v.balance), ["amount", "How much is paid?", "balance"]];
const REFUND = ["refund", "Give money back", (v) => v.type === "Credit Memo" && Number(v.balance), ["amount", "How much goes back?", "balance"]];
const ON_PAPER = [
  PAY, REFUND,
  ["invoice", "Invoice it", (v) => ["Sales Order", "Estimate"].includes(v.type) && v.status === "Open"],
  ["void", "Void", (v) => !["Sales Order", "Estimate"].includes(v.type) && v.status !== "Void"],
  ["delete", "Delete", () => true],
];
const DELETE = ["delete", "Delete", () => true];

// A field of a form: key, label, side ("" = both), shape, choices, and when: "add" or "edit" (nothing = always).
const PAPER_LINES = [
  line("Customer", "customer"), line("Opportunity", "deal"), line("Date", "date"), line("Due", "due"), line("PO number", "po_number"),
  sum("Subtotal", "subtotal"), owed("Tax", "tax"), sum("Total", "total"), owed("Open", "balance"), line("Memo", "memo"),
];

const KINDS = {
  customer: {
    label: "Customers",
    nouns: { salesforce: ["Account", "Accounts"], quickbooks: ["customer", "Customers"] },
    add: { salesforce: "Add an Account", quickbooks: "Add a customer" },
    tags: (v) => [v.won && ["won", "won"], v.job && ["job", ""]],
    lines: [
      line("Phone", "phone"), line("Fax", "fax"), line("Number", "number"),
      ["Address", place, ["street", "city", "state", "postal_code", "country"]],
      ["Contact", person, ["first", "last", "email", "contact_phone"]], line("Further contacts", "others"),
      line("Terms", "terms"), line("Tax code", "tax_code"), sum("Credit limit", "credit_limit"), owed("Balance", "balance"),
    ],
    fields: [
      ["name", "Name", "", "wide"],
      ["phone", "Phone"], ["fax", "Fax"], ["number", "Account number"],
      ["street", "Street", "", "wide lines"],
      ["city", "City"], ["state", "State"], ["postal_code", "Postal code"],
      ["country", "Country"], ["terms", "Terms", "quickbooks", "", "terms"], ["credit_limit", "Credit limit", "quickbooks"],
      ["first", "Billing contact’s first name", "", "half start"], ["last", "Billing contact’s last name", "", "half"],
      ["email", "Billing contact’s e-mail", "", "half"], ["contact_phone", "Billing contact’s phone", "", "half"],
      ["active", "Active", "", "wide tick"],
      ["won", "It has a won opportunity", "salesforce", "wide tick", "", "add"],
    ],
    acts: { salesforce: [["win", "Win an opportunity", (v) => !v.won], DELETE], quickbooks: [DELETE] },
  },
  item: {
    label: "Items",
    nouns: { salesforce: ["product", "Products"], quickbooks: ["item", "Items"] },
    add: { salesforce: "Add a product", quickbooks: "Add an item" },
    tags: (v) => [v.type && [v.type.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase(), ""]],
    lines: [
      sum("Price", "price"), line("Rate", "percent"), line("On hand", "on_hand"),
      ["On sales orders", (v) => (v.on_order === "0" ? "" : v.on_order), ["on_order"]],
      ["Available", (v) => (v.available === v.on_hand ? "" : v.available), ["available"]],
      line("Made of", "parts"), line("Description", "about"),
    ],
    fields: [
      ["name", "Name", "", "wide"],
      ["type", "Type", "quickbooks", "", "types!", "add"],
      ["price", "Price"], ["on_hand", "On hand (inventory)", "quickbooks", "", "", "add"],
      ["about", "Description", "", "wide lines"], ["active", "Active", "", "wide tick"],
    ],
    acts: {
      salesforce: [DELETE],
      quickbooks: [
        ["adjust", "Adjust the quantity", (v) => v.on_hand !== null, ["on_hand", "How many have been counted?", "on_hand"]],
        DELETE,
      ],
    },
  },
  level: {
    label: "Price levels",
    nouns: { salesforce: ["price book", "Price books"], quickbooks: ["price level", "Price levels"] },
    add: { quickbooks: "Add a price level" },
    tags: () => [],
    lines: [["On all prices", (v) => v.percent && `${v.percent} %`, ["percent"]]],
    fields: [["name", "Name", "", "half"], ["percent", "Per cent on all prices (-10 takes a tenth off)", "quickbooks", "half"]],
    acts: { salesforce: [], quickbooks: [DELETE] },
    note: { salesforce: "Its prices are those of QuickBooks’s level." },
  },
  sale: {
    label: "Opportunities",
    nouns: { salesforce: ["opportunity", "Opportunities"], quickbooks: ["transaction", "Transactions"] },
    add: { salesforce: "Add an opportunity" },
    tags: (v) => [v.stage ? (v.won ? ["won", "won"] : [v.stage.toLowerCase(), ""]) : [v.status.toLowerCase(), ""]],
    lines: [
      line("Account", "customer"), sum("Amount", "amount"), line("Becomes", "type"), line("PO number", "po_number"),
      line("QuickBooks number", "number"), line("Status", "status"), sum("Total with tax", "total"), owed("Open", "balance"),
    ],
    linesThere: PAPER_LINES,
    fields: [
      ["name", "Name", "salesforce", "half"], ["customer", "Account", "salesforce", "half", "accounts!", "add"],
      ["type", "Becomes (empty: an invoice)", "salesforce", "half", "deals"], ["po_number", "PO number", "salesforce", "half"],
      ["memo", "Memo", "quickbooks", "wide"],
      ["lines", "Products", "salesforce", "rows", "products"], ["lines", "Lines", "quickbooks", "rows", "items"],
      ["won", "It is won", "salesforce", "wide tick", "", "add"],
    ],
    acts: { salesforce: [["win", "Win it", (v) => !v.closed], DELETE], quickbooks: ON_PAPER },
  },
  document: {
    label: "Invoices & more",
    nouns: { salesforce: ["document", "QuickBooks Documents"], quickbooks: ["document", "Documents"] },
    add: { quickbooks: "Enter a document" },
    tags: (v) => [v.status && [v.status.toLowerCase(), v.status === "Paid" ? "won" : ""]],
    lines: PAPER_LINES,
    fields: [
      ["type", "Type", "quickbooks", "half", "documents!", "add"], ["customer", "Customer", "quickbooks", "half", "customers!", "add"],
      ["memo", "Memo", "", "wide"], ["lines", "Lines", "quickbooks", "rows", "items"],
    ],
    acts: { salesforce: [], quickbooks: ON_PAPER },
    note: { salesforce: "QuickBooks’s own: what is changed here comes back." },
  },
  payment: {
    label: "Payments",
    nouns: { salesforce: ["payment", "QuickBooks Payments"], quickbooks: ["payment", "Payments and credits"] },
    add: { quickbooks: "Receive a payment" },
    tags: (v) => [v.status && [v.status.toLowerCase(), v.status === "Used" ? "won" : ""]],
    lines: [
      line("Customer", "customer"), line("Date", "date"), sum("Amount", "amount"), owed("Not applied", "unused"),
      line("Applied", "applied"), line("Method", "method"), line("Memo", "memo"),
    ],
    fields: [
      ["customer", "Customer", "quickbooks", "half", "customers!", "add"], ["amount", "Amount", "quickbooks", "half", "", "add"],
      ["method", "Method", "quickbooks", "half", "methods", "add"], ["number", "Number", "quickbooks", "half", "", "add"],
      ["memo", "Memo", "", "wide"],
    ],
    acts: { salesforce: [], quickbooks: [DELETE] },
    note: { salesforce: "QuickBooks’s own: what is changed here comes back." },
  },
};
const LINE_PARTS = ["item", "quantity", "rate"];
