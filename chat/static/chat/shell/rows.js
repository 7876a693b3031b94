// Rows of a list at the side.

// Puts all rows of a list into this order. The focus stays.
export function arrange(list, rows) {
  if (rows.every((row, place) => row === list.children[place])) return;
  const focused = document.activeElement;
  list.append(...rows);
  if (list.contains(focused)) focused.focus({ preventScroll: true });
}
