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
/* The answer stays in sight, whatever is chosen above it: the line at the foot is gone where the answer itself is seen. */
const now = () => {
  const text = !find("#answer").hidden && !document.body.hasAttribute("aria-busy") ? find("#sentence").textContent : find("#status").textContent;
  find("#now a").textContent = text;
  find("#now").hidden = !text || state.file === null || state.isSeen;
};
const list = (node, texts) => node.replaceChildren(...texts.map((text) => make("li", text)));
const state = { file: null, files: new Map(), candidates: new Map(), elements: new Set(), turn: 0, timer: 0, columns: "", changes: 0 };

async function ask(path, options) {
  let reply;
  try { reply = await fetch(path, options); } catch { throw new Error("The program on this machine has ended."); }
  if (reply.ok) return reply.json();
  let problem;
  try { problem = await reply.json(); } catch { problem = { error: "The program refuses (" + reply.status + ")." }; }
  throw Object.assign(new Error(inWords(problem.error)), { entries: problem.entries, columns: columnsOf(problem.error) });
}

/* Problems name the options of the command line: here they are fields. */
const FIELDS = { "--energy-column": "Energy", "--signal": "Signal", "--i0": "Divided by", "--scan": "Scan", "--dataset": "Entry", "--range": "From and To",
  "--invert": "Signal points down", "--transmission": "Transmitted flux", "--detection": "Detected by", "--pre-edge": "Pre-edge", "--calibrate": "Energies" };
const inWords = (text) => text.replace(/--[a-z0-9]+(-[a-z]+)?(?![a-z-])/g, (option) => FIELDS[option] ? "\u201c" + FIELDS[option] + "\u201d" : option);
/* The columns that a problem lists, so that one can be chosen: 1 'Energy', 2 'TEY', or 'Energy', 'TEY'. */
function columnsOf(text) {
  const listed = /(?:columns|labels): (.*)/s.exec(text);
  return listed ? Array.from(listed[1].matchAll(/(?:(\d+) )?'([^']*)'/g), ([, number, name], i) => ({ name, value: number || name || String(i + 1) })) : [];
}

/* -- the question -- */
const how = find("#how");
function question(wants = {}) {
  const words = new URLSearchParams({ file: state.file, ...wants });
  for (const name of ["energy", "signal", "i0", "scan", "dataset", "detection", "pre_edge"]) if (how[name].value.trim()) words.set(name, how[name].value.trim());
  if (how.pre_edge.value) for (const name of ["pre_low", "pre_high"]) if (how[name].value.trim()) words.set(name, how[name].value.trim());
  if (how.calibrate.value && how.as.value) for (const name of ["calibrate", "as"]) words.set(name, how[name].value);
  const merged = [...state.files].filter(([number, file]) => file.merged && number !== state.file).map(([number]) => number);
  if (merged.length && state.files.get(state.file).merged && !wants.files) words.set("merge", merged.join(","));
  for (const name of ["invert", "transmission"]) if (how[name].checked) words.set(name, "yes");
  if (how.low.value.trim() || how.high.value.trim())
    words.set("range", (how.low.value.trim() || "0") + ":" + (how.high.value.trim() || "1000000"));
  if (state.elements.size) words.set("elements", ["Cu", ...state.elements].join(","));
  words.set("library", find("#library input:checked").value);
  for (const name of ["mixture", "simulate"]) if (find("#" + name).value) words.set(name, find("#" + name).value);
  words.set("dropped", state.changes);
  words.set("turn", state.turn);
  return words;
}

function draw(selector, curve, height) {
  const svg = find(selector), name = "http://www.w3.org/2000/svg", floor = height - 30;
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
    add("rect", { x: at(Math.max(from, left)), y: 8, width: Math.max(0, at(Math.min(to, right)) - at(Math.max(from, left))), height: floor - 8 });
  add("line", { x1: 12, x2: 588, y1: floor, y2: floor });
  for (let i = 0; i <= 4; i++) {
    const e = left + (right - left) * i / 4;
    add("text", { x: Math.min(560, Math.max(34, at(e))), y: floor + 18 }, e.toFixed(1) + (i === 4 ? " eV" : ""));
  }
  add("path", { d: x.map((e, i) => (i ? "L" : "M") + at(e).toFixed(1) + " " + (floor - 4 - (floor - 18) * (y[i] - low) / (high - low || 1)).toFixed(1)).join("") });
}

function offer(columns) {
  const names = columns.map((column, i) => column.name || "column " + (column.value || i + 1));
  if (names.join("\n") === state.columns) return;
  state.columns = names.join("\n");
  for (const [name, none] of [["energy", "detected"], ["signal", "detected"], ["i0", "nothing"]]) {
    const role = columns.findIndex((column) => column.role === name);
    how[name].replaceChildren(make("option", none + (role >= 0 && name !== "i0" ? ": " + names[role] : ""), { value: "" }),
      ...names.map((text, i) => make("option", text, { value: columns[i].value || i + 1 })));
  }
}

/* -- from the question to the answer: the last one asked counts -- */
function later() {
  clearTimeout(state.timer);
  state.timer = setTimeout(() => { state.timer = 0; answer(); }, 350);
}

function offerEntries(text) {
  find("#entry").hidden = find("#entries").hidden = !text;
  find("#entry-list").replaceChildren(...Array.from(text.matchAll(/^spectrum +(\S+)/gm), (found) => make("option", undefined, { value: found[1] })));
  find("#entries pre").textContent = text;
}

async function read() {
  find("#reading").hidden = false;
  try {
    const info = await ask("read?" + question());
    show("#read-problem", "");
    offer(info.columns);
    show("#description", info.description);
    list(find("#warnings"), info.warnings.map(inWords));
    draw("#curve", info.curve, 260);
    how.detection.options[0].textContent = "what the file says" + (how.detection.value ? "" : ": " + (info.detection || "nothing"));
    offerEntries(info.entries || "");
    find("#prepared").replaceChildren();
    if (info.prepared) draw("#prepared", info.prepared, 200);
    show("#prepared-note", info.problem || "Below: as it is compared" + (info.axis_shift_eV ? ", energies moved by " + info.axis_shift_eV.toFixed(2) + " eV" : "") + ".");
    return true;
  } catch (problem) {
    show("#read-problem", problem.message);
    for (const part of ["#curve", "#prepared", "#description"]) find(part).replaceChildren();
    show("#prepared-note", "");
    list(find("#warnings"), []);
    offerEntries(problem.entries || "");
    if (!how.energy.options.length || problem.columns.length) offer(problem.columns);
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
      show("#step", (step.files > 1 ? "File " + step.file + " of " + step.files + ". " : "") + step.what[0].toUpperCase() + step.what.slice(1) + ": " + step.done + " of " + step.total);
      find("#progress").setAttribute("aria-valuetext", find("#step").textContent); /* read on demand: the status would be read out each time */
    } catch { return; }
  }
}

/* Turns rise, also from one load of the page to the next: an older question is ended by a newer one. */
async function begin() {
  const wasBusy = state.busy, before = state.turn, turn = state.turn = Math.max(Date.now(), before + 1);
  if (wasBusy) await cancel(before);
  if (state.turn !== turn) return 0;
  for (const selector of ["#answer-problem", "#read-problem"]) show(selector, "");
  state.busy = true;
  find("#cancel").hidden = false;
  document.body.setAttribute("aria-busy", "true");
  return turn;
}

function end(turn) {
  if (state.turn !== turn) return;
  state.busy = false;
  for (const selector of ["#progress", "#step", "#cancel"]) find(selector).hidden = true;
  document.body.removeAttribute("aria-busy");
}

async function cancel(turn) {
  try { await ask("cancel?turn=" + turn, { method: "POST" }); } catch { /* then there is nothing to end */ }
}

async function answer() {
  if (state.file === null) return;
  const turn = await begin();
  if (!turn) return;
  show("#status", "Reading.");
  if (await read() && state.turn === turn) {
    show("#status", "Comparing.");
    follow(turn);
    try {
      const words = question({ form: "json" });
      const report = await ask("report?" + words);
      if (state.turn === turn) { tell(report, words); await judge(words, turn); }
    } catch (problem) {
      if (state.turn === turn) { show("#answer-problem", problem.message); find("#answer").hidden = true; show("#status", "No answer."); }
    }
  } else if (state.turn === turn) {
    find("#answer").hidden = true;
    show("#status", "The file must be read first.");
  }
  end(turn);
}

/* Of three scans of one sample and more: would others change the answer? */
async function judge(words, turn) {
  show("#enough", "");
  if (!words.has("merge") || words.get("merge").split(",").length < 2) return;
  show("#status", "Comparing without single scans.");
  try {
    const { enough } = await ask("enough?" + words);
    if (state.turn !== turn) return;
    show("#enough", enough ? "More scans like these will not change it." : "More scans may change it: it does not stand without each of these.");
    show("#status", state.compared);
  } catch (problem) {
    if (state.turn === turn) show("#status", state.compared);
  }
}

/* All files, each asked what is asked of the one that is shown. */
async function overview() {
  const isLate = state.timer !== 0 || state.busy; /* the answer that is shown is older than what is chosen */
  clearTimeout(state.timer);
  state.timer = 0;
  const turn = await begin();
  if (!turn) return;
  show("#status", "Comparing all files.");
  follow(turn);
  const words = question({ files: [...state.files.keys()].join(",") });
  words.delete("file");
  try {
    const rows = await ask("overview?" + words);
    if (state.turn !== turn) return;
    const numbers = [...state.files.keys()];
    find("#overview tbody").replaceChildren(...rows.map((row, i) => {
      const line = make("tr"), cell = make("th", undefined, { scope: "row" }), button = make("button", row.scan, { type: "button" });
      button.addEventListener("click", () => { find(`#files input[value="${numbers[i]}"]`).click(); find("#h-answer").scrollIntoView(); });
      cell.append(button);
      line.append(cell);
      if (row.reason) line.append(make("td", row.reason, { colspan: 4 }));
      else line.append(make("td", row.best), make("td", row.mae.toFixed(3), { class: "number" }), make("td", row.shift_eV.toFixed(2), { class: "number" }), make("td", row.answer || row.verdict));
      return line;
    }));
    find("#overview").hidden = false;
    for (const link of find("#overview-save").children) {
      words.set("form", link.dataset.form);
      link.href = "overview?" + words;
    }
    find("#overview-save").hidden = false;
    show("#status", rows.length + (rows.length === 1 ? " file" : " files") + " compared.");
    if (isLate) later();
  } catch (problem) {
    if (state.turn === turn) { show("#answer-problem", problem.message); show("#status", "No overview."); }
  }
  end(turn);
}
find("#overview-ask").addEventListener("click", overview);
find("#cancel").addEventListener("click", () => cancel(state.turn));

function tell(report, words) {
  find("#answer").hidden = false;
  show("#status", state.compared = report.candidates.length + " candidates compared" + (report.skipped.length ? ", " + report.skipped.length + " could not be used" : "") +
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
  if (state.busy) await cancel(state.turn);
  show(kind === "measured" ? "#file-problem" : "#candidate-problem", "");
  for (const file of files) {
    try {
      const reply = await ask((kind === "measured" ? "measured?name=" : "candidate?name=") + encodeURIComponent(file.name), { method: "POST", body: file });
      if (kind === "measured") addFile(reply.file, file.name); else addCandidate(reply);
    } catch (problem) {
      show(kind === "measured" ? "#file-problem" : "#candidate-problem", file.name + ": " + problem.message.replace(file.name + ": ", ""));
    }
  }
  later();
}

/* Scans that come into the folder of --watch: those of a sample are merged as they come, and the last sample is shown. */
async function watch() {
  let reply;
  try { reply = await ask("arrived?all=" + (state.watched ? "no" : "yes")); } catch (problem) { return show("#file-problem", problem.message); }
  if (!reply.watch) return;
  state.watched = true;
  find("#watched").hidden = false;
  find("#watched span").textContent = "Scans come from " + reply.watch + ".";
  show("#file-problem", reply.problem);
  const rows = new Map(Array.from(document.querySelectorAll("#files li"), (row) => [Number(row.querySelector("input").value), row]));
  const kept = state.files.get(state.file)?.sample;
  for (const number of reply.gone || []) {
    rows.get(number)?.remove();
    state.files.delete(number);
    state.changes++;
  }
  for (const one of reply.arrived || []) {
    const shown = state.file;
    addFile(one.file, one.name, false);
    const file = state.files.get(one.file);
    file.sample = one.sample;
    try { await ask("read?" + question({ file: one.file, files: "one" })); } catch { file.isBad = true; }
    if (!file.isBad && find("#follow").checked) state.file = one.file;
    else if (shown === null) state.file = one.file;
  }
  if (reply.gone?.length || reply.arrived?.length) mergeSamples(kept);
  setTimeout(watch, 1000);
}

function mergeSamples(kept) {
  const good = [...state.files].filter(([, file]) => !file.isBad);
  const last = good.filter(([, file]) => file.sample === kept).at(-1) || good.at(-1);
  if (!state.files.has(state.file)) state.file = last ? last[0] : [...state.files.keys()].at(-1) ?? null;
  const shown = state.files.get(state.file)?.sample;
  const scans = good.filter(([, file]) => shown !== undefined && file.sample === shown).map(([number]) => number);
  if (scans.length > 1) state.file = scans[0];
  for (const [number, file] of state.files) {
    file.merged = scans.length > 1 && scans.includes(number);
    const row = find(`#files input[value="${number}"]`).closest("li");
    row.querySelector("input[type=checkbox]").checked = file.merged;
    row.querySelector("input[type=radio]").checked = number === state.file;
  }
  filesChanged();
  later();
}

function addFile(number, name, isShown = true) {
  const row = make("li"), shown = make("label"), merged = make("label"), input = make("input", undefined, { type: "radio", name: "file", value: number }),
    box = make("input", undefined, { type: "checkbox" }), remove = make("button", "Remove", { type: "button", "aria-label": "Remove " + name });
  state.files.set(number, { name, merged: false });
  input.addEventListener("change", () => { choose(number); later(); });
  box.addEventListener("change", () => { state.files.get(number).merged = box.checked; later(); });
  remove.addEventListener("click", () => drop("file=" + number, row, () => {
    state.files.delete(number);
    state.changes++;
    filesChanged();
    if (state.file !== number) return later();
    const next = find("#files input[type=radio]");
    if (next) return next.click();
    state.file = null;
    find("#reading").hidden = find("#answer").hidden = true;
    show("#status", "Waiting for a measured file.");
  }));
  shown.append(input, make("bdi", name));
  merged.append(box, "merged");
  box.setAttribute("aria-label", "merge " + name);
  row.append(shown, merged, remove);
  find("#files ul").append(row);
  if (isShown) {
    input.checked = true;
    choose(number);
  }
  filesChanged();
}

function filesChanged() {
  find("#files").hidden = state.files.size === 0;
  find("#several").hidden = state.files.size < 2;
  for (const selector of ["#overview", "#overview-save"]) find(selector).hidden = true;
  find("#files").classList.toggle("many", state.files.size > 1);
  offerCalibration();
}

/* A scan of the session, and the bundled or dropped spectrum that it is of. */
function offerCalibration() {
  const files = [...state.files].map(([number, file]) => make("option", file.name, { value: number }));
  for (const [name, first, more] of [["calibrate", "as in the file", []], ["as", "not said", (state.standards || []).map((text) => make("option", text))]]) {
    const value = how[name].value;
    how[name].replaceChildren(make("option", first, { value: "" }), ...more, ...files.map((option) => {
      const copy = option.cloneNode(true);
      if (name === "calibrate") copy.textContent = "by " + copy.textContent;
      return copy;
    }));
    if ([...how[name].options].some((option) => option.value === value)) how[name].value = value;
  }
}
ask("standards").then((names) => { state.standards = names; offerCalibration(); }, () => {});

async function drop(words, row, then) {
  if (state.busy) await cancel(state.turn);
  try { await ask("remove?" + words, { method: "POST" }); } catch (problem) { return show("#file-problem", problem.message); }
  const focus = row.nextElementSibling || row.previousElementSibling;
  row.remove();
  if (focus) focus.querySelector("button").focus();
  then();
}

function choose(number) {
  state.file = number;
  state.columns = "";
  const kept = [how.calibrate.value, how.as.value]; /* of the session, not of the file */
  how.reset();
  [how.calibrate.value, how.as.value] = kept;
  for (const name of ["energy", "signal", "i0"]) how[name].replaceChildren();
}

function addCandidate(reply) {
  const row = make("li"), remove = make("button", "Remove", { type: "button", "aria-label": "Remove " + reply.name });
  const old = state.candidates.get(reply.name);
  if (old) old.remove();
  state.candidates.set(reply.name, row);
  state.changes++;
  remove.addEventListener("click", () => drop("candidate=" + encodeURIComponent(reply.name), row, () => {
    state.candidates.delete(reply.name);
    state.changes++;
    candidatesChanged();
    later();
  }));
  row.append(make("bdi", reply.name + " (" + reply.what + ")"), remove);
  find("#dropped").append(row);
  candidatesChanged();
}

function candidatesChanged() {
  const [bundled, both, alone] = ["bundled", "both", "dropped"].map((value) => find(`#library input[value=${value}]`));
  const has = state.candidates.size > 0;
  if (has && both.disabled) both.checked = true;
  if (!has) bundled.checked = true;
  both.disabled = alone.disabled = !has;
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
const NAMES = ("hydrogen helium lithium beryllium boron carbon nitrogen oxygen fluorine neon sodium magnesium aluminium silicon phosphorus sulfur " +
  "chlorine argon potassium calcium scandium titanium vanadium chromium manganese iron cobalt nickel copper zinc gallium germanium " +
  "arsenic selenium bromine krypton rubidium strontium yttrium zirconium niobium molybdenum technetium ruthenium rhodium palladium " +
  "silver cadmium indium tin antimony tellurium iodine xenon caesium barium lanthanum cerium praseodymium neodymium promethium " +
  "samarium europium gadolinium terbium dysprosium holmium erbium thulium ytterbium lutetium hafnium tantalum tungsten rhenium osmium " +
  "iridium platinum gold mercury thallium lead bismuth polonium astatine radon francium radium actinium thorium protactinium uranium " +
  "neptunium plutonium americium").split(" ");
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
  const button = make("button", symbol, { type: "button", "aria-pressed": isCopper, "aria-label": symbol + " " + NAMES[i], title: NAMES[i], tabindex: isCopper ? 0 : -1 });
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
new IntersectionObserver((seen) => { state.isSeen = seen.at(-1).isIntersecting; now(); }, { rootMargin: "0px 0px -140px" }).observe(find("#h-answer").parentNode);
for (const part of ["#status", "#sentence"]) new MutationObserver(now).observe(find(part), { childList: true, characterData: true, subtree: true });
new MutationObserver(now).observe(document.body, { attributes: true, attributeFilter: ["aria-busy"] });
how.addEventListener("submit", (event) => event.preventDefault());
how.addEventListener("input", (event) => {
  const input = event.target;
  if (input.getAttribute("inputmode") === "decimal") {
    const isWrong = input.value.trim() !== "" && !(Number(input.value) >= 0);
    input.setAttribute("aria-invalid", isWrong);
    if (isWrong) return;
  }
  later();
});
find("#library").addEventListener("change", later);
watch();
