// What a row's HTML leaves to the browser, since it depends on who looks and where: mine, to me, local
// times, days, and which rows go under the one above without a heading.

export const GROUP_MS = 5 * 60_000;
// A few emoji and nothing else, which are shown large.
const ONLY_EMOJI = /^(?:\p{RGI_Emoji}\s*){1,3}$/v;
const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const long = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });

export function dress(row, me) {
  const { author, mentions, time } = row.dataset;
  row.classList.toggle("mine", author === me);
  row.classList.toggle("to-me", author !== me && mentions.split(" ").includes(me));
  const body = row.querySelector(".body");
  enlarge(body);
  for (const link of body.querySelectorAll('a[href^="http"]')) {
    if (link.host !== location.host) link.target = "_blank";
  }
  const shown = row.querySelector("time");
  if (shown) {
    shown.textContent = clock.format(new Date(time));
    shown.title = long.format(new Date(time));
    shown.parentElement.tabIndex = -1; // its row is a stop, and offers the link too
  }
  for (const button of row.querySelectorAll(".reaction")) {
    const pressed = button.dataset.users.split(" ").includes(me);
    button.classList.toggle("pressed", pressed);
    button.ariaPressed = String(pressed);
  }
}

export function enlarge(body) {
  body.classList.toggle("emoji", ONLY_EMOJI.test(body.textContent.trim()));
}

// Day lines and groups, of all rows or only of those below one.
export function setDays(rows, below = null) {
  if (!below) rows.querySelectorAll(":scope > .day").forEach((line) => line.remove());
  let above = below;
  let row = below ? below.nextElementSibling : rows.firstElementChild;
  for (; row; row = row.nextElementSibling) {
    if (!row.matches(".message")) continue;
    setDay(row, above);
    group(row);
    above = row;
  }
}

function setDay(row, above) {
  const unread = row.previousElementSibling?.matches(".unread-line");
  const first = unread ? row.previousElementSibling : row;
  const line = first.previousElementSibling?.matches(".day") ? first.previousElementSibling : null;
  const begins = !above || day(above) !== day(row);
  if (begins && !line) first.before(separator(row));
  if (!begins && line) line.remove();
}

export function group(row) {
  if (!row.matches(".message")) return;
  const above = row.previousElementSibling;
  row.classList.toggle("grouped", Boolean(above?.matches(".message") && belongs(above, row)));
}

function belongs(above, row) {
  return (
    above.dataset.author === row.dataset.author &&
    new Date(row.dataset.time) - new Date(above.dataset.time) < GROUP_MS &&
    !row.querySelector(".reply") &&
    !above.matches(".deleted") &&
    !row.matches(".deleted")
  );
}

function day(row) {
  return new Date(row.dataset.time).toDateString();
}

function separator(row) {
  const date = new Date(row.dataset.time);
  const line = document.createElement("p");
  const time = document.createElement("time");
  line.className = "day";
  time.dateTime = date.toISOString().slice(0, 10);
  time.textContent = named(date);
  line.append(time);
  return line;
}

export function named(date, now = new Date()) {
  const days = Math.round((midnight(now) - midnight(date)) / 86_400_000);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  const year = date.getFullYear() === now.getFullYear() ? undefined : "numeric";
  return date.toLocaleDateString(undefined, { weekday: "long", day: "numeric", month: "long", year });
}

function midnight(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate());
}
