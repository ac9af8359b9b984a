// Copy buttons say that they did it; masked values can be shown.
const textOf = (source) => source.value ?? source.textContent;

async function copy(text, source) {
  // The clipboard is there on https and localhost only; elsewhere the old way still works.
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea");
  field.value = text;
  source.after(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.querySelector(button.dataset.copy);
  const label = button.querySelector("[data-copy-label]");
  const before = label.textContent;
  try {
    await copy(textOf(source), source);
    label.textContent = "Copied";
    button.classList.add("is-done");
  } catch {
    label.textContent = "Press Ctrl C";
    source.focus();
    source.select?.();
  }
  setTimeout(() => {
    label.textContent = before;
    button.classList.remove("is-done");
  }, 2000);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-reveal]");
  if (!button) return;
  const field = document.querySelector(button.dataset.reveal);
  const isMasked = field.type === "password";
  field.type = isMasked ? "text" : "password";
  button.setAttribute("aria-pressed", String(isMasked));
});
