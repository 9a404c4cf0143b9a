"use strict";
(function () {
  const SVG = "http://www.w3.org/2000/svg";

  // Tables: a click on a heading sorts by that column; data-value holds what is compared.
  function cellValue(row, column) {
    const cell = row.cells[column];
    return cell.dataset.value !== undefined ? Number(cell.dataset.value) : cell.textContent.toLowerCase();
  }
  function sortTable(table, column, isDescending) {
    const body = table.tBodies[0];
    const rows = Array.from(body.rows, (row, place) => ({ row, place, value: cellValue(row, column) }));
    rows.sort((a, b) => {
      const missing = Number(Number.isNaN(a.value)) - Number(Number.isNaN(b.value));
      if (missing !== 0) return missing; // numbers that are not there come last either way
      if (a.value === b.value || Number.isNaN(a.value)) return a.place - b.place;
      return (a.value < b.value ? -1 : 1) * (isDescending ? -1 : 1);
    });
    for (const { row } of rows) body.appendChild(row);
  }
  for (const table of document.querySelectorAll("table.sortable")) {
    const headings = Array.from(table.tHead.rows[0].cells);
    headings.forEach((heading, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => {
        const isDescending = heading.getAttribute("aria-sort") === "ascending";
        for (const other of headings) other.removeAttribute("aria-sort");
        heading.setAttribute("aria-sort", isDescending ? "descending" : "ascending");
        sortTable(table, column, isDescending);
      });
    });
  }

  const source = document.getElementById("curves");
  if (source === null) return;
  const data = JSON.parse(source.textContent);
  const whole = { low: data.start, high: data.start + data.step * (data.measured.length - 1) };
  let view = { ...whole };
  let cursor = null; // energy under the pointer

  // Candidates are shown and hidden.
  const boxes = Array.from(document.querySelectorAll("input[data-curve]"));
  function showCurves() {
    for (const box of boxes)
      for (const group of document.querySelectorAll(".c" + box.dataset.curve)) group.classList.toggle("off", !box.checked);
    readValues();
  }
  for (const box of boxes) box.addEventListener("change", showCurves);

  const plots = data.plots.map((plot) => ({ ...plot, svg: document.getElementById(plot.id) }));
  function add(parent, name, attributes, text) {
    const node = document.createElementNS(SVG, name);
    for (const key of Object.keys(attributes)) node.setAttribute(key, attributes[key]);
    if (text !== undefined) node.textContent = text;
    parent.append(node);
    return node;
  }
  for (const plot of plots) {
    plot.zoomed = add(plot.svg, "g", { class: "zoomed" });
    plot.svg.insertBefore(plot.zoomed, plot.svg.querySelector(".frame"));
    plot.selection = add(plot.svg, "rect", { class: "selection off" });
    plot.cursors = plot.panels.map(() => add(plot.svg, "line", { class: "cursor off" }));
    plot.svg.setAttribute("tabindex", "0");
  }
  const toX = (panel, energy) => panel.left + ((energy - view.low) / (view.high - view.low)) * panel.width;
  const toEnergy = (panel, x) => view.low + ((x - panel.left) / panel.width) * (view.high - view.low);

  // The value of a curve at an energy, from its neighbours on the grid.
  function valueAt(curve, energy) {
    const position = (energy - data.start) / data.step;
    const i = Math.min(Math.max(Math.floor(position), 0), curve.length - 2);
    if (curve[i] === null || curve[i + 1] === null) return null;
    return curve[i] + (position - i) * (curve[i + 1] - curve[i]);
  }
  const number = (value, digits) => (value === null ? "\u2013" : value.toFixed(digits).replace("-", "\u2212"));
  const readout = document.getElementById("readout");
  function readValues() {
    for (const plot of plots)
      plot.cursors.forEach((line, k) => {
        const panel = plot.panels[k];
        const isShown = cursor !== null && cursor >= view.low && cursor <= view.high;
        line.classList.toggle("off", !isShown);
        if (!isShown) return;
        const x = toX(panel, cursor);
        for (const [key, value] of [["x1", x], ["x2", x], ["y1", panel.top], ["y2", panel.top + panel.height]])
          line.setAttribute(key, value);
      });
    readout.replaceChildren();
    const say = (name, value) => {
      const item = document.createElement("span");
      const bold = document.createElement("b");
      bold.textContent = value;
      item.append(name + " ", bold);
      readout.append(item, " ");
    };
    if (cursor === null) {
      readout.textContent = "Point at the spectra to read values; drag sideways to zoom, double-click to see all. " +
        "Keys: arrows move, + and \u2212 zoom, 0 shows all.";
      return;
    }
    say("energy", number(cursor, 2) + " eV");
    say("measured", number(valueAt(data.measured, cursor), 3));
    for (const box of boxes)
      if (box.checked) {
        const name = box.dataset.name;
        say(name.length > 24 ? name.slice(0, 23) + "\u2026" : name, number(valueAt(data.curves[box.dataset.curve], cursor), 3));
      }
  }

  // Zoom: curves are stretched, the energy axis is written anew.
  function roundStep(length, most) {
    const power = Math.pow(10, Math.floor(Math.log10(length / most)));
    return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= (length / most) * (1 - 1e-9));
  }
  function drawView() {
    const isWhole = view.low === whole.low && view.high === whole.high;
    for (const plot of plots) {
      const first = plot.panels[0];
      const stretch = (whole.high - whole.low) / (view.high - view.low);
      const left = first.left + ((view.low - whole.low) / (whole.high - whole.low)) * first.width;
      plot.svg.querySelector(".curves").setAttribute("transform",
        "matrix(" + stretch + " 0 0 1 " + (first.left - stretch * left) + " 0)");
      plot.svg.querySelector(".energy").classList.toggle("off", !isWhole);
      plot.zoomed.replaceChildren();
      if (isWhole) continue;
      const step = roundStep(view.high - view.low, Math.max(2, Math.floor(first.width / 42)));
      const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
      plot.panels.forEach((panel, k) => {
        const bottom = panel.top + panel.height;
        for (let tick = Math.ceil(view.low / step - 1e-9); tick * step <= view.high + 1e-9 * step; tick++) {
          const x = toX(panel, tick * step);
          add(plot.zoomed, "line", { x1: x, x2: x, y1: panel.top, y2: bottom });
          if (k + 1 === plot.panels.length)
            add(plot.zoomed, "text", { x, y: bottom + 12.6 }, (tick * step).toFixed(digits));
        }
        if (k + 1 === plot.panels.length)
          add(plot.zoomed, "text", { x: panel.left + panel.width / 2, y: bottom + 26.1 }, "Energy (eV)");
        if (k === 0 && plot.id === "panels")
          for (const edge of data.edges)
            if (edge.onset !== null && edge.onset > view.low && edge.onset < view.high)
              add(plot.zoomed, "text", { x: toX(panel, edge.onset) - 3, y: panel.top + 11, class: "onset" }, edge.name);
      });
    }
    readValues();
  }
  function zoomTo(low, high) {
    const shortest = 10 * data.step;
    const length = Math.min(Math.max(high - low, shortest), whole.high - whole.low);
    const start = Math.min(Math.max((low + high - length) / 2, whole.low), whole.high - length);
    view = length >= whole.high - whole.low ? { ...whole } : { low: start, high: start + length };
    drawView();
  }
  function zoomBy(factor) {
    const middle = cursor !== null && cursor >= view.low && cursor <= view.high ? cursor : (view.low + view.high) / 2;
    const length = (view.high - view.low) * factor;
    const part = (middle - view.low) / (view.high - view.low);
    zoomTo(middle - part * length, middle + (1 - part) * length);
  }

  // Pointer and keys.
  for (const plot of plots) {
    const panel = plot.panels[0];
    let startX = null;
    const place = (event) => {
      const x = new DOMPoint(event.clientX, event.clientY).matrixTransform(plot.svg.getScreenCTM().inverse()).x;
      return Math.min(Math.max(x, panel.left), panel.left + panel.width);
    };
    const top = plot.panels[0].top;
    const last = plot.panels[plot.panels.length - 1];
    plot.svg.addEventListener("pointerdown", (event) => {
      if (event.button === 0 && event.pointerType !== "touch") startX = place(event);
    });
    plot.svg.addEventListener("pointermove", (event) => {
      const x = place(event);
      cursor = toEnergy(panel, x);
      if (startX !== null) {
        plot.selection.classList.remove("off");
        plot.selection.setAttribute("x", Math.min(startX, x));
        plot.selection.setAttribute("width", Math.abs(x - startX));
        plot.selection.setAttribute("y", top);
        plot.selection.setAttribute("height", last.top + last.height - top);
      }
      readValues();
    });
    window.addEventListener("pointerup", (event) => {
      if (startX === null) return;
      const x = place(event), from = startX;
      startX = null;
      plot.selection.classList.add("off");
      if (Math.abs(x - from) > 6) zoomTo(toEnergy(panel, Math.min(from, x)), toEnergy(panel, Math.max(from, x)));
    });
    plot.svg.addEventListener("pointerleave", () => { if (startX === null) { cursor = null; readValues(); } });
    plot.svg.addEventListener("dblclick", () => zoomTo(whole.low, whole.high));
    plot.svg.addEventListener("keydown", (event) => {
      const step = event.shiftKey ? 10 * data.step : data.step;
      const from = cursor === null ? (view.low + view.high) / 2 : cursor;
      if (event.key === "ArrowLeft") cursor = Math.max(view.low, from - step);
      else if (event.key === "ArrowRight") cursor = Math.min(view.high, from + step);
      else if (event.key === "+") zoomBy(0.5);
      else if (event.key === "-") zoomBy(2);
      else if (event.key === "0") zoomTo(whole.low, whole.high);
      else return;
      event.preventDefault();
      readValues();
    });
  }

  const tools = document.getElementById("tools");
  function addTool(text, action) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.addEventListener("click", action);
    tools.append(button);
  }
  for (const edge of data.edges)
    if (edge.onset !== null) addTool("Zoom to " + edge.name, () => zoomTo(edge.onset - 5, edge.onset + 13));
  addTool("Zoom in", () => zoomBy(0.5));
  addTool("Zoom out", () => zoomBy(2));
  addTool("Show all", () => zoomTo(whole.low, whole.high));

  for (const box of boxes) box.disabled = false;
  showCurves();
})();
