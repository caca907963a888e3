// Search and theme of the pages. Nothing is fetched: the index is a script beside
// this one, so that the pages work from a disk.
"use strict";

const base = document.body.dataset.base;
const search = document.getElementById("search");
const results = document.getElementById("results");
const main = document.getElementById("main");

// found gives the checks that hold every word, those whose title or id holds them first.
function found(query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const scored = [];
  for (const check of CHECKS) {
    const head = (check.ID + " " + check.ID.replaceAll("-", " ") + " " + check.Title).toLowerCase();
    const all = head + " " + (check.Class + " " + check.Text).toLowerCase();
    if (words.every((word) => all.includes(word))) {
      scored.push([words.filter((word) => head.includes(word)).length, check]);
    }
  }
  return scored.sort((a, b) => b[0] - a[0]).map((pair) => pair[1]);
}

function show() {
  const query = search.value.trim();
  results.replaceChildren();
  results.hidden = query === "";
  main.hidden = query !== "";
  if (query === "") return;
  const list = found(query);
  const count = document.createElement("p");
  count.textContent = list.length === 0 ? "No check fits. Try fewer words." : list.length === 1 ? "1 check" : list.length + " checks";
  results.append(count);
  const items = document.createElement("ul");
  for (const check of list) {
    const link = document.createElement("a");
    link.href = base + check.Href;
    link.textContent = check.Title;
    const id = document.createElement("code");
    id.className = "id";
    id.textContent = check.ID;
    const item = document.createElement("li");
    item.append(link, " ", id);
    items.append(item);
  }
  results.append(items);
}

search.addEventListener("input", show);
search.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    search.value = "";
    show();
  } else if (event.key === "Enter") {
    const first = results.querySelector("a");
    if (first) first.click();
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && document.activeElement !== search) {
    event.preventDefault();
    search.focus();
  }
});

// The theme follows the system until the reader chooses one.
const themes = ["", "light", "dark"];
const button = document.getElementById("theme");

function remembered() {
  try {
    return localStorage.getItem("mcpaudit-theme") ?? "";
  } catch {
    return "";
  }
}

function apply(theme) {
  if (theme === "") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  button.textContent = "Theme: " + (theme === "" ? "as the system" : theme);
}

button.hidden = false;
apply(themes.includes(remembered()) ? remembered() : "");
button.addEventListener("click", () => {
  const next = themes[(themes.indexOf(document.documentElement.dataset.theme ?? "") + 1) % themes.length];
  apply(next);
  try {
    localStorage.setItem("mcpaudit-theme", next);
  } catch {
    // A page on a disk may not remember: the choice holds for this page.
  }
});
