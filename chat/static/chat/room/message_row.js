// The parts of a row that depend on the reader, so the HTML leaves them to the browser: mine, mentions of
// me, local times, words, days, and rows without a heading of their own.

import { idList } from "../text/ids.js";
import { isolate } from "../text/bidi.js";
import { translateRow } from "./row_words.js";
import { gettext, isTranslated, locale } from "../text/words.js";

export const GROUP_MS = 5 * 60_000;
// Up to three emoji without text are shown large. No flag v: browsers of 2023 may not know it.
const PICTURE = "(?:\\p{Extended_Pictographic}(?:\\p{EMod}|\\ufe0f)|\\p{Emoji_Presentation})[\\u{e0020}-\\u{e007f}]*";
const JOINED = "(?:\\u200d\\p{Extended_Pictographic}(?:\\p{EMod}|\\ufe0f)?)*";
const EMOJI = `(?:\\p{RI}{2}|[#*0-9]\\ufe0f?\\u20e3|${PICTURE}${JOINED})`;
const ONLY_EMOJI = new RegExp(`^(?:${EMOJI}\\s*){1,3}$`, "u");
const clock = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" });
const long = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "short" });

export function personalize(row, me) {
  const { author, mentions, time } = row.dataset;
  row.classList.add("personalized");
  if (isTranslated) translateRow(row);
  row.classList.toggle("mine", author === me);
  row.classList.toggle("to-me", author !== me && idList(mentions).includes(me));
  const body = row.querySelector(".body");
  enlarge(body);
  // Each of several paragraphs, lists or quotes has its own direction; a single one has that of the body.
  if (body.children.length > 1) for (const block of body.children) block.dir = "auto";
  for (const link of body.querySelectorAll('a[href^="http"]')) {
    if (link.host !== location.host) link.target = "_blank";
  }
  for (const name of row.querySelectorAll(":scope > header .author, .body .mention[data-user]")) {
    name.role = "button"; // opens the profile: shell/profile_card.js
    name.tabIndex = -1;
  }
  const shown = row.querySelector("time");
  if (shown) {
    shown.textContent = clock.format(new Date(time));
    shown.title = long.format(new Date(time));
    shown.parentElement.tabIndex = -1; // the row itself gets the focus, and offers the link too
  }
  for (const button of row.querySelectorAll(".reaction")) {
    const pressed = idList(button.dataset.users).includes(me);
    button.classList.toggle("pressed", pressed);
    button.ariaPressed = String(pressed);
  }
}

export function enlarge(body) {
  body.classList.toggle("emoji", ONLY_EMOJI.test(body.textContent.trim()));
}

// Sets day lines, groups and folds of all rows, or only of the rows below one.
export function setDays(rows, below = null) {
  const folds = !below || concernsDeleted(below);
  if (folds) unfold(rows);
  if (!below) rows.querySelectorAll(":scope > .day").forEach((line) => line.remove());
  let above = below;
  let row = below ? below.nextElementSibling : rows.firstElementChild;
  for (; row; row = row.nextElementSibling) {
    if (!row.matches(".message")) continue;
    setDay(row, above);
    group(row);
    above = row;
  }
  if (folds) fold(rows);
}

function concernsDeleted(row) {
  while (row && !row.matches(".deleted")) row = row.nextElementSibling;
  return Boolean(row);
}

// Consecutive deleted messages take one line, as in chat/views/timeline.py.
export function fold(rows) {
  unfold(rows);
  for (const run of runs(rows)) {
    for (const row of run) row.classList.toggle("folded", run.length > 1);
    if (run.length > 1) run[0].before(foldLine(run));
  }
}

function unfold(rows) {
  rows.querySelectorAll(":scope > .fold").forEach((line) => line.remove());
}

function runs(rows) {
  const deleted = rows.querySelectorAll(":scope > .message.deleted:not(.target)");
  const found = [];
  for (const row of deleted) {
    const last = found.at(-1);
    if (last && row.previousElementSibling === last.at(-1)) last.push(row);
    else found.push([row]);
  }
  return found;
}

function foldLine(run) {
  const names = [...new Set(run.map((row) => isolate(row.querySelector(".author").textContent)))];
  const line = document.createElement("p");
  line.className = "fold";
  line.textContent = foldText(run.length, names);
  return line;
}

function foldText(count, names) {
  const people = names.length;
  if (people > 2) return gettext("{count} messages by {people} people deleted", { count, people });
  if (people === 2) return gettext("{count} messages by {0} and {1} deleted", { count, ...names });
  return gettext("{count} messages by {0} deleted", { count, ...names });
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
    row.dataset.author && // former members have none
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
  time.dataset.time = row.dataset.time;
  time.textContent = named(date);
  line.append(time);
  return line;
}

// "Today" changes at midnight.
export function nameDays(rows) {
  for (const time of rows.querySelectorAll(":scope > .day > time")) {
    time.textContent = named(new Date(time.dataset.time));
  }
}

export function untilMidnight(now = new Date()) {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1) - now; // ms
}

export function named(date, now = new Date()) {
  const days = Math.round((midnight(now) - midnight(date)) / 86_400_000);
  if (days === 0) return gettext("Today");
  if (days === 1) return gettext("Yesterday");
  const year = date.getFullYear() === now.getFullYear() ? undefined : "numeric";
  return date.toLocaleDateString(locale, { weekday: "long", day: "numeric", month: "long", year });
}

function midnight(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate());
}
