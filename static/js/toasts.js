/** Toasts: what the server tells by the event `toast`, and every failed request, so that nothing fails in silence. */
const SECONDS_SHOWN = 6;
const MOST = 4;
const LEVELS = new Set(["success", "info", "warning", "error"]);
const region = document.getElementById("toasts");
const template = document.getElementById("toast-template");

function dismissLater(toast, level) {
  if (level === "error") return;
  let timer = 0;
  const start = () => { timer = setTimeout(() => toast.remove(), SECONDS_SHOWN * 1000); };
  const stop = () => clearTimeout(timer);
  toast.addEventListener("pointerenter", stop);
  toast.addEventListener("pointerleave", start);
  toast.addEventListener("focusin", stop);
  toast.addEventListener("focusout", start);
  start();
}

/* A modal dialog makes the rest of the page inert and lies above it: the region moves into the open one. */
function settle() {
  const dialogs = document.querySelectorAll("dialog:modal");
  const home = dialogs.length ? dialogs[dialogs.length - 1] : document.body;
  if (region.parentElement !== home) home.append(region);
}

function show({ level, text }) {
  if (!text) return;
  const kind = LEVELS.has(level) ? level : "info";
  const toast = template.content.firstElementChild.cloneNode(true);
  toast.classList.add(kind);
  for (const icon of toast.querySelectorAll("[data-for]")) if (icon.dataset.for !== kind) icon.remove();
  toast.querySelector("[data-text]").textContent = text;
  if (kind === "error") toast.setAttribute("role", "alert");
  settle();
  region.append(toast);
  toast.scrollIntoView({ block: "nearest" });
  while (region.children.length > MOST) region.firstElementChild.remove();
  dismissLater(toast, kind);
}

function failureText(status) {
  if (status === 401) return "Your session has ended. Sign in again.";
  if (status === 403) return "You may not do this, or the page is too old. Load it again and repeat.";
  if (status === 404) return "This no longer exists, or it is out of your reach.";
  if (status === 409) return "Someone else changed this meanwhile. Load the page again.";
  if (status === 413) return "This is too large for the server.";
  if (status === 429) return "Too many requests. Wait a moment and try again.";
  if (status >= 500) return "The server failed. The failure has been written down.";
  return "The server refused this request.";
}

/* After a lost answer nobody here knows whether a change was made, so no such promise is given for a change. */
function lostText(event) {
  const reading = (event.detail.requestConfig?.verb ?? "get") === "get";
  return reading
    ? "The server could not be reached. Nothing was changed."
    : "The server could not be reached. Load the page again to see whether the change was made.";
}

document.addEventListener("toast", (event) => show(event.detail ?? {}));
document.addEventListener("htmx:responseError", (event) => {
  const told = event.detail.xhr.getResponseHeader("HX-Trigger") ?? "";
  if (told.includes('"toast"')) return;
  show({ level: "error", text: failureText(event.detail.xhr.status) });
});
for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => show({ level: "error", text: lostText(event) }));
}
document.addEventListener("htmx:swapError", () => show({ level: "error", text: "The page could not show the answer. Load it again." }));
document.addEventListener("dialog:closed", settle);
document.addEventListener("click", (event) => event.target.closest("[data-toast-close]")?.closest("[data-toast]").remove());

for (const toast of region.querySelectorAll("[data-toast]")) {
  dismissLater(toast, toast.classList.contains("error") ? "error" : "info");
}
