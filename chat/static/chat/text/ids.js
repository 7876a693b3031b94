// User ids are text here: those of frames are numbers or text, those of the page are text.

export function idList(text) {
  return text.split(" ").map(decodeURIComponent);
}

export function idOf(text) {
  return decodeURIComponent(text);
}
