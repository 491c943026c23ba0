"use strict";

const container = document.getElementById("redoc-container");
const options = JSON.parse(document.getElementById("redoc-options").textContent);
Redoc.init(container.dataset.document, options, container);
