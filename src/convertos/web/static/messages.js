// Toasts leave by themselves, unless somebody is reading them.
const SECONDS = 6;

function watch(toast) {
  let timer = setTimeout(() => toast.remove(), SECONDS * 1000);
  toast.addEventListener("mouseenter", () => clearTimeout(timer));
  toast.addEventListener("mouseleave", () => (timer = setTimeout(() => toast.remove(), 1500)));
  toast.querySelector("[data-dismiss]").addEventListener("click", () => toast.remove());
}

const tray = document.getElementById("toasts");
if (tray) {
  tray.querySelectorAll("[data-toast]").forEach(watch);
  new MutationObserver((changes) => {
    for (const change of changes)
      for (const node of change.addedNodes) if (node.matches?.("[data-toast]")) watch(node);
  }).observe(tray, { childList: true });
}
