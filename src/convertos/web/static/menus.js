// Menus are <details>; this closes them as people expect, and moves between items with the arrow keys.
const openMenus = () => document.querySelectorAll("details[data-menu][open]");

document.addEventListener("click", (event) => {
  openMenus().forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});

document.addEventListener("focusin", (event) => {
  openMenus().forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});

document.addEventListener(
  "toggle",
  (event) => {
    const menu = event.target;
    if (!menu.matches?.("details[data-menu]") || !menu.open) return;
    menu.querySelector(".menu-body input[type=search]")?.focus();
  },
  true,
);

const isShown = (item) => item.offsetParent !== null;

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details[data-menu]");
  if (!menu) return;
  if (event.key === "Escape" && menu.open) {
    menu.open = false;
    menu.querySelector("summary").focus();
    return;
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.target.type === "date") return;
  event.preventDefault();
  menu.open = true;
  const items = [...menu.querySelectorAll(".menu-item")].filter(isShown);
  const place = items.indexOf(document.activeElement);
  const next = place < 0 ? (step > 0 ? 0 : items.length - 1) : (place + step + items.length) % items.length;
  items[next]?.focus();
});

// A search field that narrows the list beside it; Enter takes the first that is left.
document.addEventListener("input", (event) => {
  const list = document.querySelector(event.target.dataset?.filter ?? "no-list");
  if (!list) return;
  const wanted = event.target.value.trim().toLowerCase();
  for (const item of list.children) item.hidden = !item.textContent.toLowerCase().includes(wanted);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.dataset?.filter) return;
  event.preventDefault();
  const list = document.querySelector(event.target.dataset.filter);
  [...list.querySelectorAll(".menu-item")].find(isShown)?.click();
});
