// Shows a person's new display name in all places of the page.

import { handleOf, showHandle } from "../text/handles.js";

export function renamePerson({ id: number, username, name }) {
  const id = CSS.escape(number);
  const handle = handleOf({ username, name });
  for (const element of document.querySelectorAll(places(id))) element.textContent = name;
  for (const face of document.querySelectorAll(`[data-person=${id}]`)) {
    face.dataset.name = name;
    face.dataset.handle = handle;
    setInitial(face, name);
  }
  for (const author of rowAuthors(id)) showHandle(author, handle);
  for (const face of document.querySelectorAll(`.message[data-author=${id}] > .avatar`)) {
    setInitial(face, name);
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

// As in message_html.py and avatars.py.
function setInitial(face, name) {
  const [initial] = name;
  const text = /[\p{L}\p{N}]/u.test(initial) ? initial.toUpperCase() : "•";
  const place = face.querySelector("[aria-hidden]") ?? face;
  place.textContent = text;
}
