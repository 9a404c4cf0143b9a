/* Body of a function that the browser test runs inside a report: arguments[0] names the check, the answer is what is wrong
 * with the page, empty when nothing is. No line comments: the lines are joined. */
const problems = [];
const expect = (holds, problem) => { if (!holds) problems.push(problem); };
const find = (selector) => document.querySelector(selector);
const all = (selector) => Array.from(document.querySelectorAll(selector));
const isShown = (node) => getComputedStyle(node).display !== "none";
const box = (node) => node.getBoundingClientRect();
const tell = (node) => (node.id || node.className.baseVal || node.className || node.tagName) + "";
const overlap = (a, b, slack) =>
  Math.min(a.right, b.right) - Math.max(a.left, b.left) > slack && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > slack;
const press = (text) => all("#tools button").find((button) => button.textContent === text).click();

const CHECKS = {
  loads() {
    expect(document.readyState === "complete", "not complete");
    for (const selector of ["h1", ".verdict li", "table.sortable tbody tr", "#panels .c0", "#panels .measured", "#waterfall .rows",
      "#provenance", "#curves"]) expect(find(selector) !== null, "lacks " + selector);
    expect(all("#tools button").length >= 3, "the script did not run");
    expect(performance.getEntriesByType("resource").length === 0, "something was loaded from elsewhere");
  },
  names() {
    expect(all("script").length === 2, all("script").length + " scripts");
    expect(all("[onload], [onerror], [onclick], img, iframe, object, embed").length === 0, "foreign elements");
    expect(all("td.name").some((cell) => cell.textContent.includes("<script>alert(1)")), "the hostile name is not shown as it is");
    expect(all("a[href]").every((link) => link.getAttribute("href").startsWith("#")), "a link leads out of the page");
  },
  candidates() {
    const first = find("input[data-curve='0']"), last = all("input[data-curve]").pop();
    expect(!first.disabled && first.checked && isShown(find("#panels .c0")), "the first is not shown at the beginning");
    first.click();
    expect(!isShown(find("#panels .c0")), "the first is still shown");
    first.click();
    expect(isShown(find("#panels .c0")), "the first does not come back");
    if (last !== first) {
      const before = last.checked;
      last.click();
      expect(isShown(find("#panels .c" + last.dataset.curve)) !== before, "the last does not change");
      last.click();
    }
  },
  zoom() {
    const curves = find("#panels .curves"), before = box(find("#panels .measured")).width;
    press("Zoom in");
    expect(Math.abs(box(find("#panels .measured")).width / before - 2) < 0.1, "curves are not twice as wide");
    expect(!isShown(find("#panels .energy")) && all("#panels .zoomed text").length >= 3, "the axis was not written anew");
    expect(all("#waterfall .zoomed text").length >= 3, "the ranking was not zoomed too");
    press("Show all");
    expect(isShown(find("#panels .energy")) && all("#panels .zoomed text").length === 0, "the axis does not come back");
    expect(Math.abs(box(find("#panels .measured")).width / before - 1) < 0.01, "curves do not come back");
    expect(curves.getAttribute("transform").startsWith("matrix(1 0 0 1"), "a transform stays");
  },
  values() {
    const svg = find("#panels"), area = box(svg);
    const point = { clientX: area.left + area.width / 2, clientY: area.top + area.height / 3, bubbles: true };
    svg.dispatchEvent(new PointerEvent("pointermove", point));
    const text = find("#readout").textContent;
    expect(/energy 9\d\d\.\d\d eV/.test(text) && /measured \d?\.?\d+/.test(text), "reads " + text);
    expect(isShown(find("#panels .cursor")), "no cursor");
    svg.dispatchEvent(new PointerEvent("pointerleave", point));
    expect(!isShown(find("#panels .cursor")), "the cursor stays");
  },
  sorting() {
    const table = find("table.sortable"), heading = table.tHead.rows[0].cells[3];
    const values = () => Array.from(table.tBodies[0].rows, (row) => Number(row.cells[3].dataset.value));
    heading.querySelector("button").click();
    const rising = values();
    expect(rising.every((value, i) => i === 0 || rising[i - 1] <= value), "not rising: " + rising);
    heading.querySelector("button").click();
    const falling = values();
    expect(falling.every((value, i) => i === 0 || falling[i - 1] >= value), "not falling: " + falling);
    table.tHead.rows[0].cells[0].querySelector("button").click();
    expect(table.tBodies[0].rows[0].cells[0].textContent === "1", "the first rank does not come back");
  },
  firstScreen() {
    const answer = box(find(".answer .conclusion")), spectra = box(find("#panels"));
    expect(answer.bottom < 400, "the answer ends at " + answer.bottom);
    expect(spectra.top + 0.5 * spectra.height < 800, "the spectra begin at " + spectra.top);
  },
  layout() {
    const page = document.documentElement;
    expect(page.scrollWidth <= page.clientWidth, "the page is " + page.scrollWidth + " wide in " + page.clientWidth);
    for (const node of all(".scroll"))
      expect(node.scrollWidth <= node.clientWidth, "a table is " + node.scrollWidth + " wide in " + node.clientWidth);
    for (const node of all("main *, header *")) {
      const area = box(node);
      if (area.width > 0 && isShown(node) && node.closest("svg .curves") === null && node.closest("clipPath") === null)
        expect(area.left >= -1 && area.right <= page.clientWidth + 1, tell(node) + " leaves the page");
    }
    for (const parent of all("main, section, figure, .plots, .chips, .sites, dl, tr, .tools")) {
      const children = Array.from(parent.children).filter((node) => isShown(node) && box(node).width > 0);
      children.forEach((a, i) => children.slice(i + 1).forEach((b) =>
        expect(!overlap(box(a), box(b), 1), tell(a) + " overlaps " + tell(b) + " in " + tell(parent))));
    }
    for (const svg of all("svg.plot")) {
      const words = Array.from(svg.querySelectorAll(".frame g, .energy g"))
        .filter((node) => node.firstElementChild !== null && node.firstElementChild.tagName === "use");
      expect(words.length > 5, "no words in " + svg.id);
      words.forEach((a, i) => {
        const area = box(a), whole = box(svg);
        expect(area.left >= whole.left - 1 && area.right <= whole.right + 1 && area.top >= whole.top - 1 &&
          area.bottom <= whole.bottom + 1, "words leave " + svg.id);
        words.slice(i + 1).forEach((b) => expect(!overlap(area, box(b), 0.5), "words overlap in " + svg.id));
      });
    }
  },
  overview() {
    const rows = all("table.sortable tbody tr"), values = () => all("table.sortable tbody tr").map((row) => Number(row.cells[4].dataset.value));
    expect(rows.length === 4 && all("td.name a").length === 3, rows.length + " scans, " + all("td.name a").length + " links");
    expect(performance.getEntriesByType("resource").length === 0, "something was loaded from elsewhere");
    expect(all("script").length === 1 && all("b, img").length === 0, "foreign elements");
    expect(all("td.thumb svg").length === 3 && all("td.thumb path.measured").every((path) => path.getBBox().width > 100), "a scan without picture");
    expect(all("td.said").filter((cell) => cell.querySelector("small") !== null).length === 3, "a scan without surroundings");
    all("table.sortable th button")[4].click();
    const rising = values();
    expect(Number.isNaN(rising[3]) && rising.slice(1, 3).every((value, i) => rising[i] <= value), "not rising: " + rising);
    expect(all("td.name a").some((link) => link.textContent.includes("<b>")), "the hostile name is not shown as it is");
  },
  validation() {
    for (const selector of ["h1", "#summary", "#compounds", "#spectra", "#identification", "#failures", "#hole", "#provenance",
      "#extremes", "#all"]) expect(find(selector) !== null, "lacks " + selector);
    expect(performance.getEntriesByType("resource").length === 0, "something was loaded from elsewhere");
    expect(all("script").length === 1 && all("b, img").length === 0, "foreign elements");
    expect(all("td.name").some((cell) => cell.textContent.includes("<b>&x")), "the hostile name is not shown as it is");
    expect(all("td.remarks").some((cell) => cell.textContent.includes("no measured spectrum")), "a compound without a curve is missing");
    const table = all("table.sortable")[1], values = () => Array.from(table.tBodies[0].rows, (row) => Number(row.cells[4].dataset.value));
    expect(table.tBodies[0].rows.length === 3, table.tBodies[0].rows.length + " compounds");
    table.tHead.rows[0].cells[4].querySelector("button").click();
    expect(!Number.isNaN(values()[0]) && Number.isNaN(values()[2]), "numbers that are not there do not come last: " + values());
    for (const region of all("[role='region']")) expect(region.hasAttribute("aria-label"), "a table without a name");
    for (const details of all("details")) details.open = true;
  },
  follow() {
    all("td.name a").find((link) => link.textContent.includes("<b>")).click();
  },
  accessible() {
    expect(document.documentElement.lang === "en" && document.title.length > 0, "no language or title");
    for (const svg of all("svg.plot"))
      expect(svg.getAttribute("role") === "img" && document.getElementById(svg.getAttribute("aria-labelledby")) !== null,
        svg.id + " has no text");
    for (const section of all("section"))
      expect(document.getElementById(section.getAttribute("aria-labelledby")) !== null, "a section without heading");
    for (const input of all("input")) expect(input.labels.length === 1, "an input without label");
    const ids = all("[id]").map((node) => node.id);
    expect(new Set(ids).size === ids.length, "an id stands twice");
  },
};
CHECKS[arguments[0]]();
return Array.from(new Set(problems)).slice(0, 5).join("; ");
