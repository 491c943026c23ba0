const options = JSON.parse(document.getElementById("options").textContent);
const { createApiReference } = await import(options.scalar);

createApiReference("#reference", {
  sources: options.documents.map(({ name, url }) => ({ title: name, url })),
  // Nothing comes from, or goes to, another host.
  agent: { disabled: true },
  mcp: { disabled: true },
  proxyUrl: "",
  telemetry: false,
  withDefaultFonts: false,
  // Swagger UI is the page for requests.
  hideClientButton: true,
  hideTestRequestButton: true,
  showDeveloperTools: "never",
});
