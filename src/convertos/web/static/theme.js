// Light or dark at once; the cookie tells the server, so that no page flashes.
const YEAR = 31536000;

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-theme-form]")) return;
  event.preventDefault();
  const theme = event.submitter.value;
  document.cookie = `convertos_theme=${theme}; path=/; max-age=${theme ? YEAR : 0}; samesite=lax`;
  if (theme) document.documentElement.dataset.bsTheme = theme;
  else delete document.documentElement.dataset.bsTheme;
  for (const each of document.querySelectorAll("[data-theme-form] button")) {
    const check = each.querySelector(".menu-item-end");
    if (each.value === theme) each.setAttribute("aria-current", "true");
    else each.removeAttribute("aria-current");
    check?.remove();
  }
  form.closest("details").open = false;
  document.dispatchEvent(new CustomEvent("themechange"));
});

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  document.dispatchEvent(new CustomEvent("themechange"));
});
