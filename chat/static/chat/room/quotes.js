// The quote that a reply shows of its message. When that message changes, every quote of it on the
// page changes too, even if the message itself is not on the page.

import { gettext } from "../text/words.js";

const CHARACTERS_MAX = 100; // as in message_html.py
const DELETED = gettext("Message deleted");

export function parseRow(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstElementChild;
}

// Returns the data of a quote, from the row of a message. quoteOfMessage takes a message as JSON.
export function quoteOf(row) {
  const { id, seq, author } = row.dataset;
  const name = row.querySelector(".author")?.textContent ?? "";
  return { id: Number(id), seq: Number(seq), author, name, text: previewOf(row) };
}

export function quoteOfMessage({ id, seq, author, html, deleted }) {
  const row = parseRow(`<article><div class="body">${html}</div></article>`);
  const text = deleted ? DELETED : previewOf(row);
  const name = author.id === null ? gettext("Former member") : author.name;
  return { id, seq, author: author.id, name, text };
}

// Returns the beginning of a message as one line of plain text.
export function previewOf(row) {
  if (row.matches(".deleted")) return DELETED;
  const characters = [...row.querySelector(".body").textContent.replace(/\s+/g, " ").trim()];
  if (characters.length <= CHARACTERS_MAX) return characters.join("");
  return `${characters.slice(0, CHARACTERS_MAX - 1).join("")}…`;
}

export function updateQuotes(root, { id, seq, version, html }) {
  if (version === seq) return; // a new message
  const quotes = [...root.querySelectorAll(`.reply[data-reply="${Number(id)}"]`)];
  const older = quotes.filter((quote) => Number(quote.dataset.version) < version);
  if (!older.length) return;
  const text = previewOf(parseRow(html));
  for (const quote of older) {
    quote.dataset.version = version;
    quote.lastChild.textContent = ` ${text}`; // after the name
  }
}
