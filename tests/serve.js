/* Body of a function that serve.sh runs inside the page of cuxas-match --serve: arguments[0] names the check, the answer is what is
 * wrong, empty when nothing is. No line comments: the lines are joined. */
const problems = [];
const expect = (holds, problem) => { if (!holds) problems.push(problem); };
const find = (selector) => document.querySelector(selector);
const all = (selector) => Array.from(document.querySelectorAll(selector));
const done = () => { expect(!document.body.hasAttribute("aria-busy"), "busy"); };
const page = () => find("#page").contentDocument;

const CHECKS = {
  loads() {
    expect(document.readyState === "complete", "not complete");
    expect(all("#elements button").length > 90, "no periodic table");
    for (const entry of performance.getEntriesByType("resource")) expect(entry.name.startsWith(location.href), "loads " + entry.name);
  },
  accessible() {
    for (const input of all("input, select")) expect(input.labels.length > 0, "no label: " + input.name + input.id);
    for (const button of all("button")) expect(button.textContent.trim() !== "", "a button without a text");
    expect(all("h1").length === 1 && document.documentElement.lang === "en" && find("main") !== null, "landmarks");
    expect(all("#elements button[tabindex='0']").length === 1, "the table of elements is more than one stop of the tab key");
    expect(find("[role=status]") !== null && find("[role=alert]") !== null, "nothing is announced");
  },
  answered() {
    done();
    expect(!find("#answer").hidden && find("#sentence").textContent.length > 10, "no answer: " + find("#status").textContent + find("#answer-problem").textContent);
    expect(page() && page().querySelector("#panels") !== null, "no spectra");
  },
  reading() {
    expect(find("#description").textContent.includes("372 numbers"), "description");
    expect(find("#curve path") !== null && find("#curve path").getAttribute("d").length > 1000, "no curve");
    expect(all("#how select[name=signal] option").length === 3, "columns");
    expect(all("#files bdi").some((name) => name.textContent === "<b>scan.csv") && all("#files b").length === 0, "a name is no text");
  },
  moved() { expect(document.activeElement.textContent === "Co", "focus is on " + document.activeElement.tagName); },
  cobalt() { done(); expect(find("#chosen").textContent === "Only Cu, Co" && /left out by their elements/.test(find("#status").textContent), find("#chosen").textContent + find("#status").textContent); },
  "begin at the top"() { document.activeElement.blur(); window.focusSeen = []; },
  "note the focus"() { const at = document.activeElement; if (at !== document.body && !window.focusSeen.includes(at)) window.focusSeen.push(at); },
  walked() {
    const seen = window.focusSeen, isSeen = (node) => node.getClientRects().length > 0 && getComputedStyle(node).visibility !== "hidden";
    for (const node of all("main input, main select, main button, main a[href], main summary, main iframe"))
      expect(seen.includes(node) || !isSeen(node) || node.disabled || node.tabIndex < 0 || (node.type === "radio" && !node.checked), "not reached: " + node.tagName + " " + (node.name || node.id || node.textContent));
    for (let i = 1; i < seen.length; i++) expect(seen[i - 1].compareDocumentPosition(seen[i]) & Node.DOCUMENT_POSITION_FOLLOWING, "out of order: " + (seen[i].name || seen[i].id));
  },
  "look at the elements"() { find("#h-elements").scrollIntoView(); },
  inSight() {
    const area = find("#now").getBoundingClientRect();
    expect(!find("#now").hidden && area.bottom <= innerHeight + 1 && area.top > 0 && find("#now a").textContent === find("#sentence").textContent, "the line at the foot says: " + find("#now").textContent);
  },
  "choose oxygen"() { all("#elements button").find((button) => button.textContent === "O").click(); },
  "cuprous oxide"() {
    done();
    expect(/Cu\(I\).*Cu2O/.test(find("#sentence").textContent), find("#sentence").textContent);
    expect(all("#elements [aria-pressed=true]").length === 2, "pressed");
    expect(/left out by their elements/.test(find("#status").textContent), find("#status").textContent);
  },
  downloads() {
    const links = all("#downloads a");
    expect(links.length === 8, links.length + " downloads");
    for (const link of links) expect(link.hasAttribute("download") && link.href.startsWith(location.href) && link.href.includes("download=yes"), link.href);
  },
  dropped() {
    done();
    expect(find("#dropped").textContent.includes("CuO.cif (CuO)"), find("#dropped").textContent);
    expect(find("#library input[value=both]").checked, "not taken");
    expect(page() && page().body.textContent.includes("Cu2O"), "no report");
  },
  ranged() {
    done();
    expect(find("#curve rect") !== null, "no range drawn");
    expect(page() && page().body.textContent.includes("from 930.0 to"), "not obeyed");
  },
  unreadable() {
    done();
    expect(!find("#read-problem").hidden && find("#read-problem").textContent.includes("no table of numbers"), "not told");
    expect(find("#answer").hidden, "an answer is shown");
  },
  ambiguous() { done(); const text = find("#read-problem").textContent; expect(/signal/.test(text) && /\u201cSignal\u201d/.test(text) && !/--/.test(text), text); expect(all("#how select[name=signal] option").map((option) => option.textContent).join() === "detected,energy,sample_a,sample_b", all("#how select[name=signal] option").length + " columns"); },
  "choose the first signal"() { const choice = find("#how select[name=signal]"); choice.value = "2"; choice.dispatchEvent(new Event("input", { bubbles: true })); },
  chosen() { done(); expect(find("#read-problem").hidden && find("#description").textContent.includes("sample_a") && /Cu2O/.test(find("#sentence").textContent), find("#sentence").textContent + find("#read-problem").textContent); },
  "back to the first"() { find("#files input").click(); },
  removed() { done(); expect(all("#dropped li").length === 0 && find("#library input[value=bundled]").checked && find("#library input[value=both]").disabled, "still there"); },
  "remove the candidate"() { find("#dropped button").click(); },
  "take a line off"() { const choice = find("#how select[name=pre_edge]"); choice.value = "line"; choice.dispatchEvent(new Event("input", { bubbles: true })); },
  "leave the pre-edge"() { const choice = find("#how select[name=pre_edge]"); choice.value = ""; choice.dispatchEvent(new Event("input", { bubbles: true })); },
  "pre-edge"() {
    done();
    expect(find("#prepared path") !== null && find("#prepared-note").textContent.includes("as it is compared"), find("#prepared-note").textContent);
    expect(page() && page().body.textContent.includes("920") && /pre-edge/i.test(page().body.textContent), "not in the report");
  },
  second() { done(); expect(all("#files li").length === 2 && !find("#several").hidden && !find("#answer").hidden, "one file"); },
  calibrate() {
    const choose = (name, text) => { const select = find("#how select[name=" + name + "]"); select.value = Array.from(select.options).find((option) => option.textContent.includes(text)).value; select.dispatchEvent(new Event("input", { bubbles: true })); };
    choose("calibrate", "moved scan"); choose("as", "<b>scan");
  },
  calibrated() { done(); expect(/moved by -1\.[45]/.test(find("#prepared-note").textContent), find("#prepared-note").textContent); expect(!find("#answer").hidden, "no answer"); },
  merge() { for (const input of all("#files input[type=checkbox]")) input.click(); },
  merged() { done(); expect(find("#description").textContent.includes("merged 2"), find("#description").textContent.slice(0, 300)); },
  "do not"() { for (const input of all("#files input[type=checkbox]")) input.click(); for (const name of ["calibrate", "as"]) { const select = find("#how select[name=" + name + "]"); select.value = ""; select.dispatchEvent(new Event("input", { bubbles: true })); } },
  overview() { if (find("#overview").hidden && !document.body.hasAttribute("aria-busy")) find("#overview-ask").click(); done(); expect(all("#overview tbody tr").length === 2 && all("#overview tbody td").length === 8 && !find("#overview-save").hidden, "no rows"); },
  simulate() { /* the question is held back until it has been cancelled, however fast the answer would be */
    const own = window.fetch;
    window.fetch = (address, how) => /cancel/.test(address) ? own(address, how).finally(() => window.release && window.release()) :
      !/report/.test(address) ? own(address, how) : new Promise((answer) => {
        window.release = () => { window.fetch = own; answer(own(address, how)); };
      });
    find("#simulate").value = "10"; find("#no-elements").click(); find("#simulate").dispatchEvent(new Event("change", { bubbles: true }));
  },
  busy() { expect(document.body.hasAttribute("aria-busy") && !find("#cancel").hidden && window.release, "not busy"); },
  cancel() { find("#cancel").click(); },
  cancelled() { done(); expect(find("#answer-problem").textContent === "cancelled", find("#answer-problem").textContent); find("#simulate").value = ""; },
  entries() { done(); expect(!find("#entry").hidden && all("#entry-list option").length === 7 && !find("#entries").hidden, "entries " + all("#entry-list option").length); },
  entry() { done(); expect(find("#description").textContent.includes("/predicted_2/data") && !find("#answer").hidden, find("#description").textContent.slice(0, 200)); },
  "remove the second"() { if (!find("#chosen").textContent.includes("O")) all("#elements button").find((button) => button.textContent === "O").click(); all("#files li button")[1].click(); },
  "one file"() { done(); expect(all("#files li").length === 1 && find("#several").hidden && !find("#answer").hidden, "files " + all("#files li").length); },
  "first scan"() { done(); expect(!find("#watched").hidden && all("#files li").length === 1 && /Cu2O/.test(find("#sentence").textContent), find("#watched").textContent + find("#sentence").textContent); },
  "three scans"() { done(); expect(all("#files li input[type=checkbox]:checked").length === 3 && find("#description").textContent.includes("merged 3"), "merged " + all("#files li input[type=checkbox]:checked").length); expect(find("#enough").textContent === "More scans like these will not change it.", find("#enough").textContent); },
  "other sample"() { done(); expect(all("#files li").length === 5 && /CuO/.test(find("#sentence").textContent) && find("#files input[type=radio]:checked").closest("li").textContent.includes("b_001"), find("#sentence").textContent); },
  "other sample gone"() { done(); expect(all("#files li").length === 4 && /Cu2O/.test(find("#sentence").textContent) && !find("#answer").hidden, all("#files li").length + find("#sentence").textContent); },
  layout() {
    expect(document.documentElement.scrollWidth <= innerWidth, "the page is " + document.documentElement.scrollWidth + " wide");
    for (const node of all("main *")) {
      const area = node.getBoundingClientRect();
      if (area.width > 1 && (area.right > innerWidth + 1 || area.left < -1) && !node.closest("svg, pre")) expect(false, node.tagName + "#" + node.id + " leaves the page");
    }
    expect(page() && Math.abs(page().documentElement.scrollHeight - find("#page").clientHeight) < 8, "the report has a scroll bar of its own");
  },
  dark() {
    const paper = getComputedStyle(document.body).backgroundColor, inner = getComputedStyle(page().body).backgroundColor;
    for (const colour of [paper, inner]) expect(colour.match(/\d+/g).every((part) => part < 60), "paper " + colour);
  },
};
try { CHECKS[arguments[0]](); } catch (error) { problems.push(String(error)); }
return problems.slice(0, 4).join("; ");
