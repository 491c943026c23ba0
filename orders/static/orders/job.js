"use strict";
// Follows a job: reads the page again when the stream of events tells of a change, and
// in any case after some seconds. The server alone knows what the page says.
{
  const LIVE_SECONDS = 5; // While there is a stream.
  const POLL_SECONDS = 2; // Without one.
  const announcement = document.getElementById("announcement");
  let source = null;
  let isLive = false;
  let timer = 0;
  let isReading = false;
  let isStale = false;

  const isOver = () => "over" in document.getElementById("job").dataset;

  function connect() {
    source = new EventSource(document.getElementById("job").dataset.events);
    source.addEventListener("job", () => { isLive = true; read(); });
    source.addEventListener("end", () => { source.close(); read(); });
    // A stream that has ended is opened again by the browser.
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) isLive = false;
    });
  }

  async function read() {
    if (isReading) {
      isStale = true;
      return;
    }
    isReading = true;
    clearTimeout(timer);
    let seconds = isLive ? LIVE_SECONDS : POLL_SECONDS;
    try {
      const response = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (response.ok) {
        show(new DOMParser().parseFromString(await response.text(), "text/html"));
      } else if ([401, 403, 404].includes(response.status)) {
        location.reload();
        return;
      } else {
        seconds = Number(response.headers.get("Retry-After")) || seconds;
      }
    } catch {
      announce("The server can't be reached. Trying again …", true);
    }
    isReading = false;
    if (isOver()) {
      source.close();
    } else if (isStale) {
      isStale = false;
      read();
    } else {
      timer = setTimeout(read, seconds * 1000);
    }
  }

  function show(page) {
    const hadFocus = document.activeElement !== document.body;
    for (const part of page.querySelectorAll("[data-live]")) {
      const old = document.getElementById(part.id);
      if (differ(old, part)) old.replaceWith(document.adoptNode(part));
    }
    document.title = page.title;
    announce(document.querySelector(".job-status").textContent.replace(/\s+/g, " ").trim());
    // The button that was pressed may be gone.
    if (hadFocus && document.activeElement === document.body) {
      document.querySelector("#form button, .job a").focus();
    }
  }

  // Each form has a token of its own, so that its state is compared.
  function differ(old, part) {
    return "state" in part.dataset
      ? part.dataset.state !== old.dataset.state
      : part.outerHTML !== old.outerHTML;
  }

  // The status is on the page already, so that only screen readers need it again.
  function announce(text, isVisible = false) {
    announcement.classList.toggle("unseen", !isVisible);
    if (announcement.textContent !== text) announcement.textContent = text;
  }

  if (!isOver()) {
    connect();
    timer = setTimeout(read, POLL_SECONDS * 1000);
  }
}
