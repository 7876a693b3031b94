// While an input method composes a word (Japanese, Chinese, Korean, …), keys belong to it: Enter
// confirms the word, Escape discards it, arrows, Tab and digits choose from its list. No handler of
// the page receives them. Safari ends the composition before it reports the key that ended it,
// and then only the key code says that the key was the input method's.

const PROCESSED_KEY = 229; // https://www.w3.org/TR/uievents/#determine-keydown-keyup-keyCode

export function isComposing(event) {
  return event.isComposing || event.keyCode === PROCESSED_KEY;
}

// Whether Enter confirms something on the page: send, save, open.
export function isConfirm(event) {
  return event.key === "Enter" && !isComposing(event);
}

export function keepKeysFromPage(target = window) {
  target.addEventListener("keydown", hide, { capture: true });
  target.addEventListener("keyup", hide, { capture: true });
}

function hide(event) {
  if (isComposing(event)) event.stopImmediatePropagation();
}
