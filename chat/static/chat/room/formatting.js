// Markdown by keys and buttons, in a box to write in. Every change is one step for the browser's undo.

const MARKS = { bold: "**", italic: "*", strike: "~~", code: "`" };
const PREFIXES = { quote: "> ", list: "- " };
const KEYS = { b: "bold", i: "italic" }; // with Ctrl, or Cmd on a Mac
const SHIFT_KEYS = { c: "code", x: "strike", 9: "quote", 8: "list" };
const ADDRESS = /^https?:\/\/\S+$/i;

export function formatByKeys(box) {
  box.addEventListener("keydown", (event) => keydown(event, box));
  box.addEventListener("paste", (event) => paste(event, box));
}

// Applies one of the formats to the selected text, or removes it.
export function format(box, name) {
  box.focus();
  if (name in MARKS) toggleMark(box, MARKS[name]);
  else if (name in PREFIXES) togglePrefix(box, PREFIXES[name]);
  else if (name === "link") link(box);
}

function keydown(event, box) {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
  const name = nameOf(event, box);
  if (!name) return;
  event.preventDefault();
  event.stopPropagation(); // Ctrl+K leads to another room unless text is selected
  format(box, name);
}

function nameOf({ key, code, shiftKey }, box) {
  const letter = /^[a-z]$/i.test(key) ? key.toLowerCase() : code.replace(/^(Key|Digit)/, "").toLowerCase();
  if (shiftKey) return SHIFT_KEYS[letter];
  if (letter === "k") return isSelected(box) ? "link" : undefined;
  return KEYS[letter];
}

function isSelected(box) {
  return box.selectionStart < box.selectionEnd;
}

// An address that is pasted over text becomes its link.
function paste(event, box) {
  const address = event.clipboardData?.getData("text/plain").trim() ?? "";
  if (!isSelected(box) || !ADDRESS.test(address) || ADDRESS.test(selected(box))) return;
  event.preventDefault();
  link(box, address);
}

function selected({ value, selectionStart, selectionEnd }) {
  return value.slice(selectionStart, selectionEnd);
}

function toggleMark(box, mark) {
  trimSelection(box);
  const { value, selectionStart: start, selectionEnd: end } = box;
  const text = selected(box);
  const size = mark.length;
  if (isMarked(value.slice(0, start), value.slice(end), mark)) {
    return replace(box, start - size, end + size, text, start - size, end - size);
  }
  if (text.length > 2 * size && isMarked(text.slice(0, size), text.slice(-size), mark)) {
    return replace(box, start, end, text.slice(size, -size), start, end - 2 * size);
  }
  replace(box, start, end, mark + text + mark, start + size, end + size);
}

// One star inside two is bold, not italic.
function isMarked(before, after, mark) {
  if (!before.endsWith(mark) || !after.startsWith(mark)) return false;
  const stars = Math.min(/\**$/.exec(before)[0].length, /^\**/.exec(after)[0].length);
  return mark !== "*" || stars % 2 === 1;
}

// A mark next to a space is not Markdown.
function trimSelection(box) {
  const text = selected(box);
  if (!text.trim()) return;
  const start = box.selectionStart + text.length - text.trimStart().length;
  box.setSelectionRange(start, start + text.trim().length);
}

function togglePrefix(box, prefix) {
  const { value, selectionStart, selectionEnd } = box;
  const start = value.lastIndexOf("\n", selectionStart - 1) + 1;
  const next = value.indexOf("\n", selectionEnd);
  const end = next < 0 ? value.length : next;
  const lines = value.slice(start, end).split("\n");
  const isOn = lines.every((line) => line.startsWith(prefix));
  const text = lines.map((line) => (isOn ? line.slice(prefix.length) : prefix + line)).join("\n");
  const isRange = selectionStart < selectionEnd;
  replace(box, start, end, text, isRange ? start : start + text.length, start + text.length);
}

// Without an address, selects the place for it.
function link(box, address = null) {
  trimSelection(box);
  const { value, selectionStart: start, selectionEnd: end } = box;
  if (value.slice(0, start).endsWith("](") && value[end] === ")") return; // the place for the address
  const text = selected(box);
  const shown = address ?? "url";
  const from = start + `[${text}](`.length;
  const to = from + shown.length;
  const after = to + ")".length;
  const selection = !text ? [start + 1, start + 1] : address ? [after, after] : [from, to];
  replace(box, start, end, `[${text}](${shown})`, ...selection);
}

function replace(box, start, end, text, from, to) {
  box.setSelectionRange(start, end);
  type(box, text);
  box.setSelectionRange(from, to);
}

// Replaces the selection as if the user typed the text, as only that can be undone.
export function type(box, text) {
  const isTyped = text ? document.execCommand("insertText", false, text) : document.execCommand("delete");
  if (isTyped) return;
  box.setRangeText(text, box.selectionStart, box.selectionEnd, "end");
  box.dispatchEvent(new Event("input", { bubbles: true }));
}
