"use strict";

const options = JSON.parse(document.getElementById("options").textContent);

const menu = document.getElementById("documents");
const signInPanel = document.getElementById("sign-in");
const message = signInPanel.querySelector("output");
// What the examples have in place of a refresh token.
const PLACEHOLDER = "<refresh_token>";
let refreshToken = PLACEHOLDER;
const dark = window.matchMedia("(prefers-color-scheme: dark)");

function chosenDocument() {
  const url = new URLSearchParams(window.location.search).get("document");
  return options.documents.find((entry) => entry.url === url) ?? options.documents[0];
}

function fillMenu() {
  const chosen = chosenDocument();
  for (const entry of options.documents) {
    menu.add(new Option(entry.name, entry.url, false, entry === chosen));
  }
  menu.addEventListener("change", () => {
    window.location.search = new URLSearchParams({ document: menu.value });
  });
}

function showColors() {
  document.documentElement.classList.toggle("dark-mode", dark.matches);
}

async function signIn(name) {
  const { url, emails, password, scheme } = options.signIn;
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ email: emails[name], password }),
  });
  const body = await response.json();
  if (response.ok) {
    ui.preauthorizeApiKey(scheme, body.access_token);
    refreshToken = body.refresh_token;
  }
  message.textContent = response.ok ? `Signed in as ${name}.` : body.message;
}

function insertRefreshToken(request) {
  if (typeof request.body === "string") {
    request.body = request.body.replaceAll(PLACEHOLDER, refreshToken);
  }
  return request;
}

// Swagger UI resolves all references of a document before it shows the security schemes,
// which takes a second for all systems. Ours have no references.
const SECURITY_SCHEMES = ["components", "securitySchemes"];

function showSecuritySchemesAtOnce(system) {
  const requestResolvedSubtree = (original) => (path) => {
    if (path.join() !== SECURITY_SCHEMES.join()) {
      return original(path);
    }
    const schemes = system.getState().getIn(["spec", "json", ...path]);
    return system.specActions.updateResolvedSubtree(path, schemes);
  };
  return { statePlugins: { spec: { wrapActions: { requestResolvedSubtree } } } };
}

function addSignInButton(name) {
  const button = document.createElement("button");
  button.textContent = name;
  button.addEventListener("click", () => signIn(name));
  message.before(button, " ");
}

showColors();
dark.addEventListener("change", showColors);
fillMenu();
if (options.signIn) {
  Object.keys(options.signIn.emails).forEach(addSignInButton);
  signInPanel.hidden = false;
}
window.ui = SwaggerUIBundle({
  url: chosenDocument().url,
  dom_id: "#swagger-ui",
  deepLinking: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  plugins: [showSecuritySchemesAtOnce],
  requestInterceptor: insertRefreshToken,
});
