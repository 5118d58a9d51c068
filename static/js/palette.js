/** The palette: an ARIA combobox over the places of the portal and what the server finds. Focus stays in the input. */
const palette = document.getElementById("palette");
const input = palette.querySelector("[role=combobox]");
const places = document.getElementById("palette-places");
const results = document.getElementById("palette-results");
const none = palette.querySelector(".palette-none");
let active = null;

function visible() {
  return [...palette.querySelectorAll(".option:not([hidden])")];
}

function choose(option) {
  active?.setAttribute("aria-selected", "false");
  active = option ?? null;
  if (!active) {
    input.removeAttribute("aria-activedescendant");
    return;
  }
  active.id ||= `option-${Math.random().toString(36).slice(2)}`;
  active.setAttribute("aria-selected", "true");
  input.setAttribute("aria-activedescendant", active.id);
  active.scrollIntoView({ block: "nearest" });
}

function update() {
  const options = visible();
  none.hidden = options.length > 0 || palette.querySelector(".htmx-request") !== null;
  choose(options[0]);
}

function filterPlaces() {
  const words = input.value.trim().toLowerCase().split(/\s+/);
  for (const option of places.querySelectorAll(".option")) {
    const text = option.textContent.toLowerCase();
    option.hidden = !words.every((word) => text.includes(word));
  }
}

input.addEventListener("input", () => {
  filterPlaces();
  if (!input.value.trim()) results.replaceChildren();
  update();
});

input.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  const options = visible();
  const index = options.indexOf(active);
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    choose(options[(index + step + options.length) % options.length]);
  } else if (event.key === "Enter" && active) {
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) open(active.href, "_blank", "noopener");
    else active.click();
  }
});

palette.addEventListener("htmx:configRequest", (event) => {
  if (!input.value.trim()) event.preventDefault();
});
/* An answer that arrives after the input was emptied belongs to nothing. */
palette.addEventListener("htmx:beforeSwap", (event) => {
  if (!input.value.trim()) event.detail.shouldSwap = false;
});
palette.addEventListener("htmx:afterSettle", update);
palette.addEventListener("htmx:afterRequest", () => setTimeout(update));
palette.addEventListener("close", () => {
  input.value = "";
  results.replaceChildren();
  filterPlaces();
  update();
});
update();
