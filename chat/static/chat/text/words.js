// Text in the language of the page. The functions take the English text, as gettext does.

export const language = document.documentElement.lang;

const catalogue = JSON.parse(document.getElementById("words")?.textContent ?? "{}");
const rules = new Intl.PluralRules(language);
const CATEGORIES = ["zero", "one", "two", "few", "many", "other"]; // in the order of a catalogue's forms
const categories = CATEGORIES.filter((name) => rules.resolvedOptions().pluralCategories.includes(name));

// gettext("Hello {name}", { name })
export function gettext(text, values = {}) {
  return insert(catalogue[text] ?? text, values);
}

// ngettext("{count} message", "{count} messages", count)
export function ngettext(one, many, count, values = {}) {
  const forms = catalogue[one] ?? [one, many];
  const index = catalogue[one] ? categories.indexOf(rules.select(count)) : Number(count !== 1);
  return insert(forms[Math.min(index, forms.length - 1)], { count, ...values });
}

function insert(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}
