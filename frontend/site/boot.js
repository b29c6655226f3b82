// Starts the app. Where that fails, the page says so instead of staying empty.
import init from "/app.js";

init({ module_or_path: "/app_bg.wasm" }).catch((reason) => {
  console.error(reason);
  document.getElementById("app").hidden = true;
  document.getElementById("crashed").hidden = false;
});
