"use strict";
// Filters the goals of the page while one types, and folds them without a new request.
// Without this script, the form and the links ask the server.
{
  const search = document.getElementById("search");
  const status = document.getElementById("matches");
  const rows = [...document.querySelectorAll(".goals li")].map((item) => ({
    item,
    details: item.querySelector(":scope > details"),
    name: fold(item.querySelector(".name").textContent),
  }));
  const places = new Map(rows.map((row) => [row.item, row]));
  // Whether each goal was unfolded before the search.
  let before = null;

  function fold(text) {
    return text.normalize("NFC").toLowerCase();
  }

  // Shows the goals with the text in their names, and the goals above those.
  function filter() {
    const text = fold(search.value.trim());
    if (!text) {
      rows.forEach((row) => { row.item.hidden = false; });
      restore();
      status.textContent = "";
      showHeadings();
      return;
    }
    before ??= rows.map((row) => row.details?.open);
    const hits = new Set();
    let count = 0;
    // Sub-goals come before the goals above them.
    for (const row of [...rows].reverse()) {
      const isMatch = row.name.includes(text);
      const isAbove = hits.has(row);
      count += isMatch;
      row.item.hidden = !isMatch && !isAbove;
      if (row.details && isAbove) row.details.open = true;
      const above = places.get(row.item.parentElement.closest("li"));
      if (above && !row.item.hidden) hits.add(above);
    }
    status.textContent = `${count} of ${rows.length} goals on this page match.`;
    showHeadings();
  }

  function restore() {
    before?.forEach((isOpen, index) => {
      if (rows[index].details) rows[index].details.open = isOpen;
    });
    before = null;
  }

  // Hides the lists without a visible goal, and the headings above them.
  function showHeadings() {
    for (const list of document.querySelectorAll("ul.goals")) {
      list.hidden = !list.querySelector(":scope > li:not([hidden])");
      const heading = list.previousElementSibling;
      if (heading?.matches(".goal-path")) heading.hidden = list.hidden;
    }
  }

  function setOpen(isOpen) {
    rows.forEach((row) => { if (row.details) row.details.open = isOpen; });
  }

  function foldBy(id, isOpen) {
    document.getElementById(id).addEventListener("click", (event) => {
      event.preventDefault();
      setOpen(isOpen);
    });
  }

  search.addEventListener("input", filter);
  foldBy("unfold", true);
  foldBy("fold", false);
  addEventListener("beforeprint", () => setOpen(true));
}
