// Keeps "12 s ago" true while a page stays open; the same words as show.py.
const DAY = 86400;

function inWords(seconds) {
  if (seconds < 3) return "just now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  return `${Math.floor(seconds / 3600)} h ago`;
}

function refresh() {
  if (document.hidden) return;
  for (const time of document.querySelectorAll("time[data-ago]")) {
    const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(time.dateTime)) / 1000));
    if (seconds < DAY) {
      const words = inWords(seconds);
      if (time.textContent !== words) time.textContent = words;
    }
  }
}

setInterval(refresh, 5000);
document.addEventListener("visibilitychange", refresh);
