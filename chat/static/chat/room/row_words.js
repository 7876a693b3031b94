// Puts the words of the page's language into a row. Rows in frames have English words, since they are the
// same for everybody: ENGLISH in chat/rendering/message_html.py. Rows of the page have theirs already.

import { around, gettext } from "../text/words.js";

export function translateRow(row) {
  if (row.dataset.author === "") nameFormerMember(row);
  if (row.matches(".deleted")) return translateDeleted(row.querySelector(":scope > .body"));
  setText(row.querySelector(":scope > header > .tag"), gettext("bot"));
  setText(row.querySelector(":scope > header > .edited"), gettext("edited"));
  const quote = row.querySelector(":scope > .reply");
  if (quote) translateQuote(quote);
}

function nameFormerMember(row) {
  const name = gettext("Former member");
  setText(row.querySelector(":scope > header > .author, :scope.deleted > .body > .author"), name);
  setText(row.querySelector(":scope > .avatar"), [...name][0].toUpperCase());
}

function translateDeleted(body) {
  const [before, after] = around(gettext("Message by {name} deleted"), "name");
  body.replaceChildren(before, body.querySelector(".author"), after);
}

function translateQuote(quote) {
  if (quote.dataset.author === "") setText(quote.querySelector("b"), gettext("Former member"));
  if (!quote.matches("[data-deleted]")) return;
  const text = gettext("Message deleted");
  quote.lastChild.textContent = ` ${text}`; // after the name
}

function setText(element, text) {
  if (element) element.textContent = text;
}
