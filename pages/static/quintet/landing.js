"use strict";

// Sends the requests of the landing page, just as its curl lines do: with the bearer
// token of the account, and without the session. Without this script, the buttons are
// links to the pages of the URLs.

let options = readOptions(document);
let loadedAt = Date.now();
const MARGIN = 15; // seconds before the token expires
const POLL = 500; // milliseconds between two looks at a job
const MAX_LOOKS = 60;
const FINAL = ["finished", "failed", "cancelled"];
const MAX_LENGTH = 20000; // characters of a body

function readOptions(page) {
  return JSON.parse(page.getElementById("options").textContent);
}

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function needsNewToken() {
  const age = (Date.now() - loadedAt) / 1000;
  return options.token && age > options.token_seconds - MARGIN;
}

// Loads the page again and takes over its token, times and curl lines.
async function renew() {
  const response = await fetch(window.location.pathname);
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  options = readOptions(page);
  loadedAt = Date.now();
  for (const line of document.querySelectorAll("code[id$='-curl']")) {
    line.textContent = page.getElementById(line.id)?.textContent ?? line.textContent;
  }
}

function send({ method, url, headers, body }) {
  // The page may have been opened by another name of this host.
  const { pathname, search } = new URL(url);
  return fetch(pathname + search, { method, headers, body, credentials: "omit" });
}

// Server-Timing: app;dur=12.3, db;dur=1.2;desc="3 queries"
function timings(response) {
  const header = response.headers.get("Server-Timing") ?? "";
  const duration = header.match(/app;dur=([\d.]+)/)?.[1];
  const queries = header.match(/desc="(.+?)"/)?.[1];
  return [duration && `${Math.round(Number(duration))} ms`, queries].filter(Boolean);
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function shorten(text) {
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}\n…` : text;
}

function statusLine(response) {
  const [symbol, className] = response.ok ? ["✓", "ok"] : ["✗", "bad"];
  return element("strong", { className }, `${symbol} ${response.status} ${response.statusText}`);
}

function scrollable(label, text) {
  const code = element("code", {}, text);
  const pre = element("pre", { tabIndex: 0 }, code);
  pre.setAttribute("role", "region");
  pre.setAttribute("aria-label", label);
  return pre;
}

function factsOf(response) {
  const id = element("code", {}, response.headers.get("X-Request-ID") ?? "");
  const facts = [statusLine(response), ...timings(response)];
  const parts = facts.flatMap((fact) => [fact, " · "]);
  return element("p", { className: "timing" }, ...parts, "request ID ", id);
}

function speak(text) {
  document.getElementById("spoken").textContent = text;
}

function answerOf(label, id, response, text) {
  const facts = factsOf(response);
  speak(`${label}: ${facts.textContent}`);
  const line = document.getElementById(`${id}-curl`);
  const copy = element("button", { type: "button" }, "Copy as curl");
  const body =
    text === ""
      ? element("p", { className: "quiet" }, "No body.")
      : scrollable(`Body of ${label}`, shorten(pretty(text)));
  return [
    element("h3", {}, label),
    facts,
    scrollable(`curl line that gives this answer to ${label}`, line.textContent),
    element("p", { className: "curl" }, copyButton(line.id, copy)),
    body,
  ];
}

async function attempt(link) {
  const panel = link.closest(".card").querySelector(".answer");
  const answer = element("div"); // of this attempt, which a later one may replace
  link.setAttribute("aria-busy", "true");
  try {
    await answerInto(answer, link, () => panel.replaceChildren(answer));
  } catch (error) {
    const message = element("p", { className: "error" }, `✗ No answer: ${error.message}`);
    answer.replaceChildren(message);
    panel.replaceChildren(answer);
  } finally {
    link.removeAttribute("aria-busy");
  }
}

async function answerInto(answer, link, show) {
  if (needsNewToken()) await renew();
  const id = link.dataset.try;
  const request = options.requests.find((each) => each.id === id);
  const response = await send(request);
  const text = await response.text();
  answer.append(...answerOf(link.textContent, id, response, text));
  show();
  if (request.starts_job && response.status === 202) await follow(response, answer);
  // The times in the bodies of the next requests.
  if (request.method !== "GET" && response.ok) await renew();
}

function showJob(job, line, bar) {
  bar.value = job.progress ?? 0;
  const reason = job.error ? `: ${job.error}` : "";
  line.textContent = `Job ${job.id} is ${job.status} (${bar.value} %)${reason}`;
}

// Looks at the job of the order until it has ended, and then links its invoice.
async function follow(response, answer) {
  const line = element("p", {}, "The order has started a job.");
  line.setAttribute("role", "status");
  const bar = element("progress", { max: 100, value: 0 });
  bar.setAttribute("aria-label", "Progress of the job");
  answer.append(line, bar);
  const url = response.headers.get("Location");
  for (let looks = 0; looks < MAX_LOOKS; looks += 1) {
    const headers = { Authorization: `Bearer ${options.token}` };
    const state = await send({ method: "GET", url, headers });
    if (!state.ok) break;
    const job = await state.json();
    showJob(job, line, bar);
    if (job.invoice) return answer.append(invoiceLinks(job.invoice));
    if (FINAL.includes(job.status)) return undefined;
    await new Promise((resolve) => setTimeout(resolve, POLL));
  }
  line.textContent += ". No worker has finished it yet: script/server starts one.";
  return undefined;
}

function invoiceLinks({ url, number }) {
  const { pathname } = new URL(url);
  return element(
    "p",
    { className: "links" },
    element("span", { className: "ok" }, `✓ Invoice ${number ?? "(draft)"}`),
    element("a", { href: `${pathname}.html` }, "Invoice as a page"),
    element("a", { href: `${pathname}.pdf` }, "Invoice as PDF"),
  );
}

function copyButton(id, button) {
  const label = button.firstChild;
  const text = label.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    if (needsNewToken()) await renew();
    label.textContent = (await copy(document.getElementById(id))) ? "✓ Copied" : "Press Ctrl+C";
    setTimeout(() => (label.textContent = text), 2000);
  });
  return button;
}

// Browsers have a clipboard on HTTPS and on this machine only.
async function copy(source) {
  try {
    await navigator.clipboard.writeText(source.textContent);
    return true;
  } catch {
    source.closest("details").open = true;
    window.getSelection().selectAllChildren(source);
    return false;
  }
}

async function showReadiness() {
  const link = document.getElementById("ready");
  const response = await fetch(options.ready).catch(() => null);
  // An unread body keeps the connection busy.
  await response?.text();
  link.textContent = response?.ok ? "● ready" : "▲ not ready";
  link.className = response?.ok ? "ok" : "bad";
}

for (const link of document.querySelectorAll("[data-try]")) {
  link.setAttribute("role", "button");
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    attempt(link);
  });
  link.addEventListener("keydown", (event) => {
    if (event.key !== " ") return;
    event.preventDefault();
    attempt(link);
  });
}
for (const button of document.querySelectorAll("[data-copy]")) {
  copyButton(button.dataset.copy, button);
}
showReadiness();
