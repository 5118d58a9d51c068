/** Keys: Ctrl/Cmd+K, and single letters, which are off while typing and can be switched off (WCAG 2.1.4). */
const STORE = "single-letter-keys";
const WAIT = 1200;
let first = "";
let timer = 0;

function lettersOn() {
  try {
    return localStorage.getItem(STORE) !== "off";
  } catch {
    return true;
  }
}

function typing(target) {
  return target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable=true]") !== null;
}

function openDialog(id) {
  document.dispatchEvent(new CustomEvent("dialog:open", { detail: id }));
}

function jump(second) {
  for (const link of document.querySelectorAll("[data-jump]")) {
    if (link.dataset.jump === `g ${second}`) {
      link.click();
      return true;
    }
  }
  return false;
}

function onLetter(key) {
  clearTimeout(timer);
  if (first === "g") {
    first = "";
    return jump(key);
  }
  if (key === "g") {
    first = "g";
    timer = setTimeout(() => { first = ""; }, WAIT);
    return true;
  }
  if (key === "/") {
    const search = document.querySelector("[data-search]");
    if (search) {
      search.focus();
      search.select();
    } else openDialog("palette");
    return true;
  }
  if (key === "c") {
    const create = document.querySelector("[data-create]");
    create?.click();
    return create !== null;
  }
  if (key === "?") {
    openDialog("keys");
    return true;
  }
  return false;
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.defaultPrevented) return;
  const modal = document.querySelector("dialog:modal");
  if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    if (!modal) openDialog("palette");
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || modal || typing(event.target) || !lettersOn()) return;
  if (onLetter(event.key.toLowerCase())) event.preventDefault();
});

const toggle = document.querySelector("[data-keys-switch]");
if (toggle) {
  toggle.checked = lettersOn();
  toggle.addEventListener("change", () => {
    try {
      localStorage.setItem(STORE, toggle.checked ? "on" : "off");
    } catch {
      toggle.checked = true;
    }
  });
}
