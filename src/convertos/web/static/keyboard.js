// Shortcuts: / searches, g and a letter goes somewhere, ? lists them all, Escape closes.
const SEQUENCE_MILLISECONDS = 1200;
let isGoing = false;
let forget;

const isTyping = (target) => target.closest?.("input, textarea, select, [contenteditable]");

function openSwitcher() {
  const switcher = [...document.querySelectorAll(".switcher")].find((each) => each.offsetParent);
  if (!switcher) return;
  switcher.open = true;
  (switcher.querySelector("input") ?? switcher.querySelector(".menu-item"))?.focus();
}

function go(key) {
  const places = JSON.parse(document.body.dataset.shortcuts ?? "{}");
  if (key === "k") openSwitcher();
  else if (places[key]) location.assign(places[key]);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  if (isGoing) {
    isGoing = false;
    clearTimeout(forget);
    event.preventDefault();
    go(event.key);
  } else if (event.key === "g") {
    isGoing = true;
    forget = setTimeout(() => (isGoing = false), SEQUENCE_MILLISECONDS);
  } else if (event.key === "/") {
    const search = document.querySelector("[data-search]");
    if (!search) return;
    event.preventDefault();
    search.focus();
    search.select();
  } else if (event.key === "?") {
    document.getElementById("shortcuts")?.showModal();
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.matches?.("[data-search]")) event.target.blur();
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (!opener) return;
  opener.closest("details[open]")?.removeAttribute("open");
  document.getElementById(opener.dataset.opens)?.showModal();
});

// A click beside a dialog closes it.
document.addEventListener("click", (event) => {
  if (event.target instanceof HTMLDialogElement) event.target.close();
});
