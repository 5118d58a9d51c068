/**
 * Passkeys: a form `data-passkey="use|make"` with `data-options` (where the challenge is) and a hidden input `credential`.
 * Its button asks the browser, then sends the form. What goes wrong is said in `[data-passkey-said]`.
 */
const KNOWN = "PublicKeyCredential" in window && "parseRequestOptionsFromJSON" in PublicKeyCredential;
const WORDS = {
  NotAllowedError: "The browser was not allowed to, or it took too long.",
  InvalidStateError: "This device has a passkey for this account already.",
};

function say(form, text) {
  const place = form.querySelector("[data-passkey-said]");
  place.textContent = text;
  place.hidden = !text;
}

async function ask(form) {
  const answer = await fetch(form.dataset.options, { headers: { Accept: "application/json" }, redirect: "error" });
  if (!answer.ok) throw new Error("options");
  const { publicKey } = await answer.json();
  return form.dataset.passkey === "make"
    ? navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) })
    : navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
}

for (const form of document.querySelectorAll("[data-passkey]")) {
  if (KNOWN) form.hidden = false;
  form.addEventListener("submit", async (event) => {
    if (form.elements.credential.value) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    say(form, "");
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      form.elements.credential.value = JSON.stringify((await ask(form)).toJSON());
      form.submit();
    } catch (error) {
      say(form, WORDS[error.name] ?? "That did not work. Load the page again.");
      button.disabled = false;
    }
  }, { capture: true });
}
