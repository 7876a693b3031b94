// Where the person reads: the message at the top of the view and its distance from there. Messages may be
// added or removed meanwhile, and the place stays the same. `seq` is null at the end of the room.

const NEAR_END = 80; // px
const ROWS_ABOVE = 5; // on a page that is requested for the place
const ROWS_BELOW = 30; // about as many as fill a view: without them it could not go down to the place

export function isAtEnd({ scrollTop }) {
  return Math.abs(scrollTop) < NEAR_END; // it is negative in a reversed column
}

export function readingPlace(scroller) {
  const row = isAtEnd(scroller) && !has(scroller, "newer") ? null : topRow(scroller);
  return row ? { seq: seqOf(row), offset: distance(scroller, row) } : { seq: null };
}

// The first that begins in the view, if there is one: how high those above are depends on their neighbours.
function topRow(scroller) {
  const rows = rowsOf(scroller);
  const place = rows.findIndex((row) => distance(scroller, row) >= 0);
  const isInView = place >= 0 && distance(scroller, rows[place]) < scroller.clientHeight;
  return isInView ? rows[place] : rows.at(place - 1);
}

// Goes to the nearest message if that of the place is not on the page.
export function restorePlace(scroller, { seq, offset }) {
  const rows = rowsOf(scroller);
  const row = seq !== null && (rows.find((other) => seqOf(other) >= seq) ?? rows.at(-1));
  if (row) scroller.scrollTop += distance(scroller, row) - offset;
  else scroller.scrollTop = 0;
}

// Returns whether a page of the room goes far enough up and down.
export function hasPlace(page, { seq }) {
  const rows = rowsOf(page);
  if (!rows.length) return true;
  if (seq === null) return !has(page, "newer");
  const [first, last] = [seqOf(rows[0]), seqOf(rows.at(-1))];
  return (seq >= first || !has(page, "older")) && (seq + ROWS_BELOW <= last || !has(page, "newer"));
}

// Returns the address of a page of the room that has the place.
export function placeUrl(href, { seq }) {
  const url = new URL(href);
  url.search = seq === null ? "" : `?after=${Math.max(0, seq - ROWS_ABOVE)}`;
  url.hash = "";
  return url.href;
}

function rowsOf(page) {
  return [...page.querySelectorAll("#rows > .message:not(.folded)")];
}

function has(page, name) {
  return page.querySelector(`#rows > .${name}`) !== null;
}

function seqOf(row) {
  return Number(row.dataset.seq);
}

function distance(scroller, row) {
  return row.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
}
