"use strict";

// Sends the page's requests as a client would, and shows the page of the response.
// Without this script, the forms send them by way of /session/request.

const NO_CONTENT = 204;

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form.send");
  if (form) {
    event.preventDefault();
    send(form);
  }
});

async function send(form) {
  const { method, url, body } = valuesOf(form);
  const button = form.querySelector("button");
  button.disabled = true;
  report("Sending …");
  try {
    const response = await fetch(url, { method, headers: headersOf(form), body });
    if (response.status === NO_CONTENT) {
      await showDone(method, url);
      return;
    }
    show(await response.text());
    if (!response.ok || method !== "POST") {
      keepText(method, body);
    }
  } catch (error) {
    button.disabled = false;
    report(`The request failed: ${error.message}`);
  }
}

function valuesOf(form) {
  return Object.fromEntries(new FormData(form));
}

function headersOf(form) {
  const { csrfmiddlewaretoken, media_type: mediaType, body } = valuesOf(form);
  const headers = { Accept: "text/html", "X-CSRFToken": csrfmiddlewaretoken };
  return body === undefined ? headers : { ...headers, "Content-Type": mediaType };
}

// Such a response has no page. A changed row is read again, a deleted one stays shown.
async function showDone(method, url) {
  if (method !== "DELETE") {
    const response = await fetch(url, { headers: { Accept: "text/html" } });
    show(await response.text());
  }
  report(`✓ HTTP ${NO_CONTENT} No Content: ${method} ${url}`);
}

function show(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const main = page.querySelector("main");
  if (!main) {
    throw new Error("the response is not a page.");
  }
  document.title = page.title;
  document.querySelector("main").replaceWith(main);
  document.getElementById("response").focus();
}

// You can correct a text that was refused. That of a change says how the row is now.
function keepText(method, body) {
  const text = document.getElementById(`body-${method}`);
  if (text && body !== undefined) {
    text.value = body;
    text.closest("details").open = true;
  }
}

function report(text) {
  document.getElementById("progress").textContent = text;
}
