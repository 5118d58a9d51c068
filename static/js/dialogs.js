/** Dialogs: those in the page (`data-open="id"`) and those the server sends into `#dialog`. */
const slot = document.getElementById("dialog");
let opener = null;

function open(dialog) {
  if (dialog.open) return;
  dialog.showModal();
}

function remember(element) {
  if (element && !element.closest("dialog")) opener = element;
}

/* The element itself, or the one of the same id or address that a swap put in its place. */
function findOpener() {
  if (!opener || opener.isConnected) return opener;
  if (opener.id) return document.getElementById(opener.id);
  const address = opener.getAttribute("hx-get");
  return address ? document.querySelector(`[hx-get="${CSS.escape(address)}"]`) : null;
}

function closed(dialog) {
  document.dispatchEvent(new CustomEvent("dialog:closed"));
  if (dialog.parentElement === slot) slot.replaceChildren();
  const target = findOpener() ?? document.getElementById("main");
  const menu = target.closest("[popover]");
  if (menu && !menu.matches(":popover-open")) document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]`)?.focus();
  else target.focus();
  opener = null;
}

document.addEventListener("click", (event) => {
  const target = event.target.closest?.("[data-open]");
  if (target) {
    const dialog = document.getElementById(target.dataset.open);
    remember(target);
    target.closest("[popover]")?.hidePopover();
    open(dialog);
    return;
  }
  if (event.target.closest?.("[data-close]")) {
    event.preventDefault();
    event.target.closest("dialog")?.close();
  }
});

/* A press that begins and ends on the backdrop closes what holds no typed text. */
let pressedOn = null;
document.addEventListener("pointerdown", (event) => { pressedOn = event.target; });
document.addEventListener("click", (event) => {
  if (event.target instanceof HTMLDialogElement && pressedOn === event.target && !event.target.querySelector("form")) event.target.close();
});

document.addEventListener("close", (event) => {
  if (event.target instanceof HTMLDialogElement) closed(event.target);
}, { capture: true });

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target === slot) {
    remember(event.detail.elt);
    event.detail.elt.closest("[popover]")?.hidePopover();
  }
});
/* The toasts may live in the dialog that is about to be replaced: they go home first. */
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target !== slot) return;
  const toasts = document.getElementById("toasts");
  if (slot.contains(toasts)) document.body.append(toasts);
  slot.dataset.again = slot.firstElementChild ? "true" : "";
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target !== slot) return;
  const dialog = slot.querySelector("[data-dialog]");
  if (!dialog) return;
  if (slot.dataset.again) dialog.dataset.again = "";
  open(dialog);
  const first = dialog.querySelector(".form-body :is(input:not([type=hidden]), select, textarea)");
  first?.focus();
});
document.addEventListener("dialog:close", () => {
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
});
document.addEventListener("dialog:open", (event) => {
  remember(document.activeElement);
  open(document.getElementById(event.detail));
});
