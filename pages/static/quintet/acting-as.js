"use strict";

// A choice by mouse or finger switches at once. Arrow keys walk through all accounts, so
// with the keyboard the button switches.
for (const form of document.querySelectorAll("form.acting-as")) {
  let isPointed = false;
  form.addEventListener("pointerdown", () => (isPointed = true));
  form.addEventListener("keydown", () => (isPointed = false));
  form.addEventListener("change", () => {
    if (isPointed) form.requestSubmit();
  });
}
