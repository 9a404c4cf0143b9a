"use strict";
/* The page of cuxas-match --serve: what is chosen goes to the program as a question, what it answers is shown. Texts of files are
 * set as text, never as HTML. */
const find = (selector) => document.querySelector(selector);
const make = (name, text, attributes = {}) => {
  const node = document.createElement(name);
  if (text !== undefined) node.textContent = text;
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
};
const show = (selector, text) => { const node = find(selector); node.hidden = !text; if (text !== true) node.textContent = text || ""; };
const list = (node, texts) => node.replaceChildren(...texts.map((text) => make("li", text)));
const state = { file: null, elements: new Set(), turn: 0, timer: 0, columns: "" };

async function ask(path, options) {
  let reply;
  try { reply = await fetch(path, options); } catch { throw new Error("The program on this machine has ended."); }
  if (reply.ok) return reply.json();
  let problem;
  try { problem = (await reply.json()).error; } catch { problem = "The program refuses (" + reply.status + ")."; }
  throw new Error(problem);
}

/* -- the question -- */
const how = find("#how");
function question(wants = {}) {
  const words = new URLSearchParams({ file: state.file, ...wants });
  for (const name of ["energy", "signal", "i0", "scan"]) if (how[name].value) words.set(name, how[name].value);
  for (const name of ["invert", "transmission"]) if (how[name].checked) words.set(name, "yes");
  if (how.low.value.trim() || how.high.value.trim())
    words.set("range", (how.low.value.trim() || "0") + ":" + (how.high.value.trim() || "1000000"));
  if (state.elements.size) words.set("elements", ["Cu", ...state.elements].join(","));
  words.set("library", find("#library input:checked").value);
  words.set("mixture", find("#mixture").value);
  words.set("dropped", state.dropped || 0);
  return words;
}

function draw(curve) {
  const svg = find("#curve"), name = "http://www.w3.org/2000/svg";
  const add = (kind, attributes, text) => {
    const node = document.createElementNS(name, kind);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text) node.textContent = text;
    svg.append(node);
  };
  svg.replaceChildren();
  const x = curve.energy_eV, y = curve.mu, left = Math.min(...x), right = Math.max(...x), low = Math.min(...y), high = Math.max(...y);
  const at = (e) => 12 + 576 * (e - left) / (right - left || 1);
  const from = Number(how.low.value) || left, to = Number(how.high.value) || right;
  if (how.low.value || how.high.value)
    add("rect", { x: at(Math.max(from, left)), y: 8, width: Math.max(0, at(Math.min(to, right)) - at(Math.max(from, left))), height: 222 });
  add("line", { x1: 12, x2: 588, y1: 230, y2: 230 });
  for (let i = 0; i <= 4; i++) {
    const e = left + (right - left) * i / 4;
    add("text", { x: Math.min(560, Math.max(34, at(e))), y: 248 }, e.toFixed(1) + (i === 4 ? " eV" : ""));
  }
  add("path", { d: x.map((e, i) => (i ? "L" : "M") + at(e).toFixed(1) + " " + (226 - 212 * (y[i] - low) / (high - low || 1)).toFixed(1)).join("") });
}

function offer(columns) {
  const names = columns.map((column, i) => column.name || "column " + (i + 1));
  if (names.join("\n") === state.columns) return;
  state.columns = names.join("\n");
  for (const [name, none] of [["energy", "detected"], ["signal", "detected"], ["i0", "nothing"]]) {
    const role = columns.findIndex((column) => column.role === name);
    how[name].replaceChildren(make("option", none + (role >= 0 && name !== "i0" ? ": " + names[role] : ""), { value: "" }),
      ...names.map((text, i) => make("option", text, { value: i + 1 })));
  }
}

/* -- from the question to the answer: the last one asked counts -- */
function later() {
  clearTimeout(state.timer);
  state.timer = setTimeout(answer, 350);
}

async function read() {
  find("#reading").hidden = false;
  try {
    const info = await ask("read?" + question());
    show("#read-problem", "");
    offer(info.columns);
    show("#description", info.description);
    list(find("#warnings"), info.warnings);
    draw(info.curve);
    return true;
  } catch (problem) {
    show("#read-problem", problem.message);
    find("#curve").replaceChildren();
    list(find("#warnings"), []);
    return false;
  }
}

async function follow(turn) {
  while (state.turn === turn && state.busy) {
    await new Promise((done) => setTimeout(done, 300));
    try {
      const step = await ask("progress");
      if (state.turn !== turn || !state.busy || !step.total) continue;
      find("#progress").hidden = false;
      find("#progress").value = step.done / step.total;
      show("#status", step.what[0].toUpperCase() + step.what.slice(1) + ": " + step.done + " of " + step.total);
    } catch { return; }
  }
}

async function answer() {
  if (state.file === null) return;
  const turn = ++state.turn;
  show("#answer-problem", "");
  state.busy = true;
  show("#status", "Reading.");
  document.body.setAttribute("aria-busy", "true");
  if (await read() && state.turn === turn) {
    show("#status", "Comparing.");
    follow(turn);
    try {
      const words = question({ form: "json" });
      const report = await ask("report?" + words);
      if (state.turn === turn) tell(report, words);
    } catch (problem) {
      if (state.turn === turn) { show("#answer-problem", problem.message); find("#answer").hidden = true; show("#status", "No answer."); }
    }
  } else if (state.turn === turn) {
    find("#answer").hidden = true;
    show("#status", "The file must be read first.");
  }
  if (state.turn !== turn) return;
  state.busy = false;
  find("#progress").hidden = true;
  document.body.removeAttribute("aria-busy");
}

function tell(report, words) {
  find("#answer").hidden = false;
  show("#status", report.candidates.length + " candidates compared" + (report.skipped.length ? ", " + report.skipped.length + " could not be used" : "") +
    (report.filtered.length ? ", " + report.filtered.length + " left out by their elements" : "") + ".");
  find("#summary").className = "answer " + report.answer.kind;
  show("#sentence", report.answer.sentence);
  list(find("#reasons"), report.answer.reasons);
  find("#next").hidden = report.answer.decide_next.length === 0;
  list(find("#next ul"), report.answer.decide_next);
  const link = (form) => { const to = new URLSearchParams(words); to.set("form", form); return "report?" + to; };
  find("#downloads").replaceChildren(...[["html", "Page"], ["json", "JSON"], ["csv", "Table (CSV)"], ["spectra", "Spectra (CSV)"], ["md", "Lab book (Markdown)"],
    ["pdf", "Figure (PDF)"], ["svg", "Figure (SVG)"], ["png", "Figure (PNG)"]].map(([form, text]) =>
    make("a", text, { href: link(form) + "&download=yes", download: "" })));
  const page = find("#page");
  page.onload = () => { const fit = () => { page.style.height = page.contentDocument.documentElement.scrollHeight + 4 + "px"; }; fit(); new ResizeObserver(fit).observe(page.contentDocument.body); };
  page.src = link("html");
}

/* -- files -- */
async function take(kind, files) {
  show(kind === "measured" ? "#file-problem" : "#candidate-problem", "");
  for (const file of files) {
    try {
      const reply = await ask((kind === "measured" ? "measured?name=" : "candidate?name=") + encodeURIComponent(file.name), { method: "POST", body: file });
      if (kind === "measured") addFile(reply.file, file.name); else addCandidate(reply, file.name);
    } catch (problem) {
      show(kind === "measured" ? "#file-problem" : "#candidate-problem", file.name + ": " + problem.message.replace(file.name + ": ", ""));
    }
  }
  later();
}

function addFile(number, name) {
  const chip = make("label", undefined, { class: "chip" }), input = make("input", undefined, { type: "radio", name: "file", value: number });
  input.addEventListener("change", () => { choose(number); later(); });
  chip.append(input, make("bdi", name));
  find("#files").append(chip);
  find("#files").hidden = false;
  input.checked = true;
  choose(number);
}

function choose(number) {
  state.file = number;
  state.columns = "";
  how.reset();
  for (const name of ["energy", "signal", "i0"]) how[name].replaceChildren();
}

function addCandidate(reply, name) {
  state.dropped = reply.dropped;
  const both = find("#library input[value=both]"), alone = find("#library input[value=dropped]");
  if (both.disabled) { both.disabled = alone.disabled = false; both.checked = true; }
  const text = find("#dropped").textContent;
  show("#dropped", (text ? text + ", " : "Dropped: ") + name + " (" + reply.what + ")");
}

for (const zone of document.querySelectorAll(".drop")) {
  const kind = zone.dataset.kind, input = zone.querySelector("input");
  input.addEventListener("change", () => { take(kind, Array.from(input.files)); input.value = ""; });
  zone.addEventListener("dragover", (event) => { event.preventDefault(); zone.classList.add("over"); });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => { event.preventDefault(); zone.classList.remove("over"); take(kind, Array.from(event.dataTransfer.files)); });
}
/* A file dropped beside a zone is a measured one, and never replaces the page. */
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => { if (!event.defaultPrevented) { event.preventDefault(); take("measured", Array.from(event.dataTransfer.files)); } });

/* -- elements -- */
const SYMBOLS = ("H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn " +
  "Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am").split(" ");
const place = (z) => {
  if (z === 1) return [1, 1];
  if (z === 2) return [1, 18];
  if (z <= 10) return [2, z <= 4 ? z - 2 : z + 8];
  if (z <= 18) return [3, z <= 12 ? z - 10 : z];
  if (z <= 36) return [4, z - 18];
  if (z <= 54) return [5, z - 36];
  if (z <= 56) return [6, z - 54];
  if (z <= 71) return [8, z - 54];
  if (z <= 86) return [6, z - 68];
  if (z <= 88) return [7, z - 86];
  return [9, z - 86];
};
const table = find("#elements");
SYMBOLS.forEach((symbol, i) => {
  const [row, column] = place(i + 1), isCopper = symbol === "Cu";
  const button = make("button", symbol, { type: "button", "aria-pressed": isCopper, tabindex: isCopper ? 0 : -1 });
  button.style.gridRow = row; button.style.gridColumn = column;
  button.dataset.row = row; button.dataset.column = column;
  if (isCopper) button.setAttribute("aria-disabled", "true");
  else button.addEventListener("click", () => {
    state.elements.has(symbol) ? state.elements.delete(symbol) : state.elements.add(symbol);
    pressed();
  });
  table.append(button);
});
function pressed() {
  for (const button of table.children)
    button.setAttribute("aria-pressed", button.textContent === "Cu" || state.elements.has(button.textContent));
  show("#chosen", state.elements.size ? "Only " + ["Cu", ...state.elements].join(", ") : true);
  if (!state.elements.size) find("#chosen").textContent = "";
  later();
}
table.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
  if (!step || event.target.dataset.row === undefined) return;
  event.preventDefault();
  let row = Number(event.target.dataset.row), column = Number(event.target.dataset.column), next = null;
  for (let i = 0; i < 18 && !next; i++) {
    row += step[0]; column += step[1];
    next = table.querySelector(`button[data-row="${row}"][data-column="${column}"]`);
  }
  if (!next) return;
  event.target.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
});
find("#no-elements").addEventListener("click", () => { state.elements.clear(); pressed(); });

/* -- choices -- */
how.addEventListener("submit", (event) => event.preventDefault());
how.addEventListener("input", (event) => {
  const input = event.target;
  if (input.name === "low" || input.name === "high") {
    const isWrong = input.value.trim() !== "" && !(Number(input.value) >= 0);
    input.setAttribute("aria-invalid", isWrong);
    if (isWrong) return;
  }
  later();
});
find("#library").addEventListener("change", later);
