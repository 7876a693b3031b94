// Ranks names by how well they match the typed text.

export const EXACT = 0;
const BEGINNING = 1;
const WORD = 2;
export const PART = 3;
export const NO_MATCH = 4;

// Returns the best rank among several names of one thing, such as a display name and a username.
export function rank(names, text) {
  const wanted = fold(text);
  return Math.min(...names.map((name) => rankOne(fold(name), wanted)));
}

// The names of a room or conversation in the lists. A group with a name has those of its people too.
export function namesOf(link) {
  const { people } = link.dataset;
  const name = link.querySelector(".name").textContent;
  return people ? [name, people] : [name];
}

function rankOne(name, text) {
  if (name === text) return EXACT;
  if (name.startsWith(text)) return BEGINNING;
  const parts = words(text);
  if (parts.length && parts.every((part) => words(name).some((word) => word.startsWith(part)))) return WORD;
  const isPart = name.includes(text) || (parts.length && parts.every((part) => name.includes(part)));
  return isPart ? PART : NO_MATCH;
}

function words(text) {
  return text.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
}

// Removes letter case and accents.
function fold(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().trim();
}
