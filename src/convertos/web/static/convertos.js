// What every page can do. Everything works without it, but slower: menus are <details>, filters are forms.
import "./keyboard.js";
import "./menus.js";
import "./copying.js";
import "./messages.js";
import "./times.js";
import "./theme.js";

// A form that was sent is not sent again by an impatient second click.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
  form.querySelectorAll("button:not([name])").forEach((button) => button.setAttribute("aria-busy", "true"));
});
// The page may come back from the browser's memory with its forms marked as sent.
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => {
    delete form.dataset.sent;
    form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
  });
});

if (document.querySelector("[data-chart]")) import("./charts.js").then((charts) => charts.drawAll());
document.addEventListener("htmx:after:swap", () => {
  if (document.querySelector("[data-chart]")) import("./charts.js").then((charts) => charts.drawAll());
});

// The live feed says when somebody signed out elsewhere in this browser.
document.addEventListener("signed-out", () => location.assign("/login"));
