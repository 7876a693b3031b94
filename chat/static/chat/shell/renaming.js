// Shows a person's new display name in all places of the page.

import { handleOf, showHandle } from "../text/handles.js";

export function renamePerson({ id: number, username, name }) {
  const id = CSS.escape(number);
  const handle = handleOf({ username, name });
  for (const element of document.querySelectorAll(places(id))) element.textContent = name;
  for (const avatar of document.querySelectorAll(`[data-person=${id}]`)) {
    avatar.dataset.name = name;
    avatar.dataset.handle = handle;
    setInitial(avatar, name);
  }
  for (const author of rowAuthors(id)) showHandle(author, handle);
  for (const avatar of document.querySelectorAll(`.message[data-author=${id}] > .avatar`)) {
    setInitial(avatar, name);
  }
}

function rowAuthors(id) {
  const rows = `.message[data-author=${id}]:not(.deleted)`;
  return document.querySelectorAll(`${rows} .author, .message .author[data-name-of=${id}]`);
}

function places(id) {
  const author = `[data-author=${id}]`;
  return `.message${author} .author, .reply${author} b, #replying b${author}, [data-name-of=${id}]`;
}

function setInitial(avatar, name) {
  const place = avatar.querySelector("[aria-hidden]") ?? avatar;
  place.textContent = initialOf(name);
}

// As in message_html.py.
export function initialOf(name) {
  const [initial] = name;
  return /[\p{L}\p{N}]/u.test(initial) ? initial.toUpperCase() : "•";
}
