"use strict";
/* The search of the manual: every word must be in a section; titles count more. PAGES is in search.js. */
const input = document.getElementById("search"), results = document.getElementById("results");
function look() {
  const words = input.value.toLowerCase().split(/\s+/).filter((word) => word.length > 1);
  const hits = words.length === 0 ? [] : PAGES.map(([page, title, text]) => {
    const head = title.toLowerCase(), body = text.toLowerCase();
    if (!words.every((word) => head.includes(word) || body.includes(word))) return null;
    return { page, title, text, score: words.filter((word) => head.includes(word)).length * 10 - text.length / 1500 };
  }).filter(Boolean).sort((a, b) => b.score - a.score);
  document.getElementById("found").textContent = words.length === 0 ? "" : hits.length + (hits.length === 1 ? " section" : " sections");
  results.replaceChildren(...hits.slice(0, 30).map(({ page, title, text }) => {
    const item = document.createElement("li"), link = document.createElement("a"), extract = document.createElement("p");
    const at = Math.max(0, text.toLowerCase().indexOf(words[0]) - 60);
    link.href = page + ".html#:~:text=" + encodeURIComponent(title.split(",")[0]);
    link.textContent = page + ": " + title;
    extract.textContent = (at > 0 ? "… " : "") + text.slice(at, at + 180).trim() + " …";
    item.append(link, extract);
    return item;
  }));
}
input.addEventListener("input", look);
