/** Forms: no double submits, typed confirmations, tidy addresses, and the first mistake in focus. */

function submitters(form) {
  return form.querySelectorAll("button:not([type=button]), input[type=submit]");
}

function setBusy(form, busy) {
  for (const button of submitters(form)) {
    if (busy) button.setAttribute("aria-busy", "true");
    else button.removeAttribute("aria-busy");
  }
  if (busy) form.dataset.busy = "";
  else delete form.dataset.busy;
}

/* Empty parameters are left out: a list's address holds only what was chosen. */
function withoutEmpty(form) {
  const fields = [...form.elements].filter((field) => field.name && field.value === "" && !field.disabled);
  for (const field of fields) field.disabled = true;
  setTimeout(() => { for (const field of fields) field.disabled = false; });
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if ("busy" in form.dataset) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  if (form.method === "get") withoutEmpty(form);
  else if (form.method === "post" && !form.matches("[hx-post]")) setTimeout(() => { if (!event.defaultPrevented) setBusy(form, true); });
}, { capture: true });
addEventListener("pageshow", (event) => {
  if (event.persisted) for (const form of document.querySelectorAll("form[data-busy]")) setBusy(form, false);
});

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.elt.matches("form[hx-post]")) setBusy(event.detail.elt, true);
});
document.addEventListener("htmx:afterRequest", (event) => {
  const leaving = event.detail.xhr?.getResponseHeader("HX-Redirect");
  if (event.detail.elt.matches("form[hx-post]") && !leaving) setBusy(event.detail.elt, false);
});
document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb !== "get") return;
  for (const [name, value] of [...event.detail.formData]) if (value === "") event.detail.formData.delete(name);
});

/* A typed confirmation: the button wakes up when the words are the same. The server checks them again. */
function weighConfirmation(input) {
  const form = input.form;
  if (!form) return;
  const same = input.value.trim() === input.dataset.confirmWord;
  for (const button of form.querySelectorAll("[data-confirm-submit]")) button.disabled = !same;
}
function weighAll(scope) {
  for (const input of scope.querySelectorAll("[data-confirm-word]")) weighConfirmation(input);
}
document.addEventListener("input", (event) => {
  if (event.target.matches("[data-confirm-word]")) weighConfirmation(event.target);
});

function focusFirstMistake(scope) {
  const wrong = scope.querySelector("[aria-invalid=true]") ?? scope.querySelector("[data-form-errors]");
  const target = wrong?.matches("div, ul, fieldset") && !wrong.hasAttribute("tabindex") ? wrong.querySelector("input") : wrong;
  target?.focus();
}
document.addEventListener("htmx:afterSettle", (event) => {
  weighAll(document);
  if (event.detail.xhr?.status === 422) focusFirstMistake(event.detail.target ?? document);
});

weighAll(document);
focusFirstMistake(document.getElementById("main") ?? document);
