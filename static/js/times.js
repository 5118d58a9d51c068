/** Moments in the viewer's own time zone. The server's text (UTC) stands where scripts do not run. */
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const dayFormat = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const exactFormat = new Intl.DateTimeFormat("en-GB", {
  day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit",
});
const titleFormat = new Intl.DateTimeFormat("en-GB", {
  day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit",
  timeZoneName: "short",
});

function relative(moment, now) {
  const seconds = Math.trunc((now - moment) / 1000);
  const distance = Math.abs(seconds);
  if (distance < MINUTE) return seconds < 0 ? "in a moment" : "just now";
  if (distance < DAY) {
    const amount = distance < HOUR ? `${Math.trunc(distance / MINUTE)} min` : `${Math.trunc(distance / HOUR)} h`;
    return seconds < 0 ? `in ${amount}` : `${amount} ago`;
  }
  const yesterday = new Date(now);
  yesterday.setDate(yesterday.getDate() - 1);
  return moment.toDateString() === yesterday.toDateString() ? "Yesterday" : dayFormat.format(moment);
}

function render(scope) {
  const now = new Date();
  for (const element of scope.querySelectorAll("time[data-time]")) {
    const moment = new Date(element.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    const text = element.dataset.time === "exact" ? exactFormat.format(moment) : relative(moment, now);
    if (element.textContent !== text) element.textContent = text;
    element.title = titleFormat.format(moment);
  }
}

render(document);
setInterval(() => render(document), 60_000);
document.addEventListener("htmx:afterSettle", (event) => render(event.target.parentElement ?? document));
