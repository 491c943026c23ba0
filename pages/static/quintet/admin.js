"use strict";

// Select2 and SelectFilter2 replace fields of the admin by elements that lack the name
// or the role that a screen reader needs.
function nameOf(select) {
  const label = select.labels.length ? select.labels[0].textContent : select.name;
  return label.trim().replace(/:$/, "");
}

function nameSelection(container) {
  const select = container.previousElementSibling;
  if (!(select instanceof HTMLSelectElement)) {
    return;
  }
  for (const part of container.querySelectorAll("[role=combobox], [role=textbox], [role=searchbox], input")) {
    part.setAttribute("aria-label", nameOf(select));
    part.removeAttribute("aria-labelledby");
  }
  // Its children aren't all list items.
  for (const list of container.querySelectorAll("ul.select2-selection__rendered")) {
    list.setAttribute("role", "presentation");
    for (const item of list.querySelectorAll("li")) {
      item.setAttribute("role", "presentation");
    }
  }
}

function nameFields() {
  document.querySelectorAll(".select2-container").forEach(nameSelection);
  for (const icon of document.querySelectorAll("span.help-tooltip[aria-label]")) {
    icon.setAttribute("role", "img");
  }
}

window.addEventListener("load", () => {
  nameFields();
  const form = document.querySelector("#content form");
  if (form) {
    new MutationObserver(nameFields).observe(form, { childList: true, subtree: true });
  }
});
