// The keys that move from message to message.

const OVERLAP = 80; // px: what stays in view when it moves by a page

// Returns the row to which a key moves from `row`, which is null if the list itself has the focus. Returns
// nothing if the browser may scroll instead.
export function nextRow(key, timeline, row) {
  const rows = [...timeline.messages()].filter((other) => !other.matches(".folded"));
  const place = rows.indexOf(row);
  if (key === "Home") return rows[0];
  if (key === "End") return rows.at(-1);
  if (key === "ArrowUp") return row ? rows[place - 1] : rows.at(-1);
  if (!row) return null;
  if (key === "ArrowDown") return rows[place + 1];
  if (key === "PageUp") return pageAway(rows.slice(0, place).reverse(), row, timeline.scroller, true);
  if (key === "PageDown") return pageAway(rows.slice(place + 1), row, timeline.scroller, false);
  return null;
}

// `others` are those before or after the row, the nearest first. A message that is higher than the view is
// scrolled to its end first.
function pageAway(others, row, scroller, isUp) {
  const from = row.getBoundingClientRect();
  const view = scroller.getBoundingClientRect();
  const isCutOff = isUp ? from.top < view.top - 1 : from.bottom > view.bottom + 1;
  if (from.height > view.height && isCutOff) return null;
  const distance = view.height - OVERLAP;
  const beyond = others.findIndex((other) => Math.abs(other.getBoundingClientRect().top - from.top) > distance);
  return beyond < 0 ? others.at(-1) : others[Math.max(0, beyond - 1)];
}
