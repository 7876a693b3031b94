// Text in the language of the page. The functions take the English text, as gettext does.

const words = document.getElementById("words"); // a page in English has none
const catalogue = JSON.parse(words?.textContent ?? "{}");
const browser = new Intl.DateTimeFormat(undefined, { hour: "numeric" }).resolvedOptions();

export const isTranslated = words !== null;
export const language = document.documentElement.lang || "en";
// For dates and times: the browser's own (undefined) if it has the language of the page. Otherwise that
// language, with 12 or 24 hours as in the browser.
export const locale =
  writing(browser.locale) === writing(language) ? undefined : `${language}-u-hc-${browser.hourCycle}`;

const rules = new Intl.PluralRules(language);
const { pluralCategories } = rules.resolvedOptions();
const CATEGORIES = ["zero", "one", "two", "few", "many", "other"]; // in the order of a catalogue's forms
const categories = CATEGORIES.filter((name) => pluralCategories.includes(name));

// gettext("Hello {name}", { name })
export function gettext(text, values = {}) {
  return insert(catalogue[text] ?? text, values);
}

// ngettext("{count} message", "{count} messages", count). Another `count` in the values, such as "99+", is
// shown instead of the number. If a form is missing, the last one is used.
export function ngettext(one, many, count, values = {}) {
  const forms = catalogue[one] ?? [one, many];
  const index = catalogue[one] ? categories.indexOf(rules.select(count)) : Number(count !== 1);
  const form = forms[Math.min(index, forms.length - 1)] || forms.findLast(Boolean);
  return insert(form, { count, ...values });
}

// Returns the texts before and after a {name} that the page shows as an element.
export function around(text, name) {
  const [before, after = ""] = text.split(`{${name}}`);
  return [before, after];
}

function insert(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

// "zh-CN" and "zh-Hans" are written alike, "zh-TW" is not.
function writing(tag) {
  const { language, script } = new Intl.Locale(tag).maximize();
  return `${language}-${script}`;
}
