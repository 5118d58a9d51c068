/** Copy buttons: `data-copy` holds the text. */
const say = (level, text) => document.dispatchEvent(new CustomEvent("toast", { detail: { level, text } }));

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    say("success", "Copied");
  } catch {
    say("error", "The browser did not allow copying.");
  }
});
