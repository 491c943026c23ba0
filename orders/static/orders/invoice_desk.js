/* The amounts and the total of an invoice while it is being typed.

   They are exact to the cent and the same as the server's: integers of any size, never
   floating-point numbers, and each text is read as Django's form fields read it. */
"use strict";

{
  // From here on, a JSON number cannot represent every cent.
  const TOO_MUCH = 10n ** 15n;
  const MAX_DIGITS = 12, PLACES = 2;
  const MIN_UNITS = -(2n ** 31n), MAX_UNITS = 2n ** 31n - 1n;
  const MAX_LINES = 5;
  const DASH = "–";

  /* Return the units as a BigInt, or null if the server would refuse the text. */
  const readUnits = text => {
    const match = /^(-?[0-9]+)(\.0*)?$/.exec(text.trim());
    if (!match) return null;
    const units = BigInt(match[1]);
    return units < MIN_UNITS || units > MAX_UNITS ? null : units;
  };

  /* Return the price in cents as a BigInt, or null if the server would refuse it. */
  const readCents = text => {
    const match = /^(-?)([0-9]*)(?:\.([0-9]*))?(?:e([+-]?[0-9]+))?$/i.exec(text.trim());
    if (!match) return null;
    const [, sign, whole, fraction = "", power = "0"] = match;
    if (!whole && !fraction) return null;
    const digits = (whole + fraction).replace(/^0+(?=.)/, "");
    const exponent = Number(power) - fraction.length;
    if (exponent < -PLACES) return null;
    if (digits === "0") return 0n;
    if (digits.length + exponent > MAX_DIGITS - PLACES) return null;
    const cents = BigInt(digits) * 10n ** BigInt(exponent + PLACES);
    return sign ? -cents : cents;
  };

  const isTooMuch = cents => cents >= TOO_MUCH || cents <= -TOO_MUCH;

  /* Return cents as the invoice prints them, such as 1,234.50. */
  const format = cents => {
    const digits = String(cents < 0n ? -cents : cents).padStart(3, "0");
    const whole = digits.slice(0, -2).replace(/\B(?=([0-9]{3})+$)/g, ",");
    return `${cents < 0n ? "-" : ""}${whole}.${digits.slice(-2)}`;
  };

  /* Return the amount of a row that the user may see, but not change. */
  const readSaved = cell => {
    cell.dataset.saved ??= cell.textContent;
    return BigInt(cell.dataset.saved.replace(/[,.\s]/g, ""));
  };

  const inputOf = (row, name) => row.querySelector(`input[name$="-${name}"]`);

  const isBlank = input => !input.value.trim() && !input.validity.badInput;

  /* Return the amount of a row in cents; null if it counts nothing, or an error. */
  const readRow = row => {
    const inputs = ["part_code", "units", "unit_price"].map(name => inputOf(row, name));
    const [, units, price] = inputs;
    if (inputOf(row, "DELETE")?.checked) return null;
    if (!units || !price) return readSaved(row.querySelector(".field-item_amount p"));
    if (!row.classList.contains("has_original") && inputs.every(isBlank)) return null;
    const [count, cents] = [readUnits(units.value), readCents(price.value)];
    if (count === null) return "check its units";
    if (cents === null) return "check its unit price";
    return isTooMuch(count * cents) ? "the amount has more than 15 digits" : count * cents;
  };

  const showAmount = (row, amount) => {
    row.querySelector(".field-item_amount p").textContent =
      typeof amount === "bigint" ? format(amount) : DASH;
    row.classList.toggle("not-counted", typeof amount === "string");
    row.classList.toggle("deleted", Boolean(inputOf(row, "DELETE")?.checked));
  };

  const rowsOf = group => [...group.querySelectorAll("tbody tr.form-row:not(.empty-form)")];

  const showSum = (group, sum, errors) => {
    const isTooLarge = isTooMuch(sum);
    group.querySelector("output").textContent = isTooLarge ? DASH : format(sum);
    if (isTooLarge) errors.push("The total has more than 15 digits.");
    const lines = errors.slice(0, MAX_LINES).map(error => `⚠ ${error}`);
    if (errors.length > MAX_LINES) lines.push(`… and ${errors.length - MAX_LINES} more.`);
    const note = group.querySelector(".line-note");
    // Only a new text is read out.
    if (note.textContent !== lines.join("\n")) note.textContent = lines.join("\n");
  };

  const showAll = group => {
    let sum = 0n;
    const errors = [];
    rowsOf(group).forEach((row, index) => {
      const amount = readRow(row);
      showAmount(row, amount);
      if (typeof amount === "bigint") sum += amount;
      if (typeof amount === "string") errors.push(`Item ${index + 1} is not counted: ${amount}.`);
    });
    showSum(group, sum, errors);
  };

  /* Go to the next row with Enter, instead of saving a half-written invoice. */
  const goToNextRow = (group, event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    if (!event.target.matches("tbody input:not([type=checkbox])")) return;
    event.preventDefault();
    const rows = rowsOf(group);
    const index = rows.indexOf(event.target.closest("tr"));
    if (index === rows.length - 1) group.querySelector(".add-row a")?.click();
    const next = rowsOf(group)[index + 1];
    (next && inputOf(next, "part_code"))?.focus();
  };

  /* Scrolling over a number with the focus must not change it. */
  const keepNumber = event => {
    if (event.target === document.activeElement && event.target.type === "number") {
      event.target.blur();
    }
  };

  const valuesOf = form => [...form.elements]
    .filter(each => each.type !== "hidden")
    .map(each => (each.type === "checkbox" ? each.checked : each.value))
    .filter(Boolean).join("\n");

  /* Ask before leaving a page whose changes are not saved. */
  const guardChanges = form => {
    const saved = valuesOf(form);
    const wasRefused = form.querySelector(".errornote") !== null;
    let isSent = false;
    form.addEventListener("submit", () => { isSent = true; });
    window.addEventListener("beforeunload", event => {
      if (!isSent && (wasRefused || valuesOf(form) !== saved)) event.preventDefault();
    });
  };

  const startDesk = group => {
    const form = group.closest("form");
    const update = () => showAll(group);
    group.addEventListener("input", update);
    document.addEventListener("formset:added", update);
    document.addEventListener("formset:removed", update);
    group.addEventListener("keydown", event => goToNextRow(group, event));
    group.addEventListener("wheel", keepNumber, { passive: true });
    guardChanges(form);
    group.querySelector(".as-saved").remove();
    group.querySelector(".line-hint").hidden = false;
    update();
  };

  /* Send the form once, however often the button is clicked. */
  const sendOnce = form => {
    form.addEventListener("submit", event => {
      if (form.dataset.isSent) event.preventDefault();
      form.dataset.isSent = "true";
    });
    window.addEventListener("pageshow", () => { delete form.dataset.isSent; });
  };

  const start = () => {
    const total = document.querySelector(".line-items output[data-live]");
    if (total) startDesk(total.closest(".line-items"));
    const form = document.getElementById("issue-form");
    if (form) sendOnce(form);
  };

  document.addEventListener("DOMContentLoaded", start);
}
