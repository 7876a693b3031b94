"""Each language has a translation of each text, with the same placeholders and markup."""

import re
from itertools import product
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib import admin
from django.utils.translation import to_locale

from scripts import catalogues
from scripts.catalogues import ADDED, FOLDERS, LANGUAGES, compiled, po_path, read, source_catalogue

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|\{\w*\}|%[sd]")
MARKUP = re.compile(r"</?\w+[^>]*>|&\w+;")
PLAIN_PUNCTUATION = re.compile(r"[\u4e00-\u9fff][,.:;?!]")
NAMES = [
    names
    for names in product(FOLDERS, ("django", "djangojs"), LANGUAGES)
    if po_path(*names).exists()
]


@pytest.fixture(params=NAMES, ids="-".join)
def names(request):
    return request.param


def texts(catalogue):
    return {(message.context, message.id) for message in catalogue if message.id}


def pairs(catalogue):
    """Yields each English text with its translation, plural forms one by one."""
    for message in catalogue:
        if message.id:
            english = message.id if isinstance(message.id, tuple) else (message.id,)
            forms = message.string if isinstance(message.id, tuple) else (message.string,)
            yield from ((english[-1], form) for form in forms)


def test_each_language_of_the_site_has_catalogues():
    translated = {code for code, _ in settings.LANGUAGES} - {settings.LANGUAGE_CODE}
    assert set(map(to_locale, translated)) == set(LANGUAGES)


@pytest.mark.parametrize("package", FOLDERS)
def test_each_package_with_text_has_catalogues(package):
    for domain, language in product(("django", "djangojs"), LANGUAGES):
        has_text = bool(len(source_catalogue(package, domain)))
        assert po_path(package, domain, language).exists() == has_text


def test_catalogues_have_the_text_of_the_code(names):
    package, domain, _ = names
    assert texts(read(po_path(*names))) == texts(source_catalogue(package, domain)), (
        "Run: make words"
    )


def test_each_text_is_translated(names):
    assert [english for english, form in pairs(read(po_path(*names))) if not form.strip()] == []


def test_placeholders_and_markup_are_kept(names):
    for english, form in pairs(read(po_path(*names))):
        for kind in (PLACEHOLDER, MARKUP):
            assert sorted(set(kind.findall(form))) == sorted(set(kind.findall(english))), form


def test_translations_bring_no_markup_of_their_own(names):
    for english, form in pairs(read(po_path(*names))):
        for character in '<>&"':
            assert form.count(character) <= english.count(character), form


def test_punctuation_is_chinese(names):
    if names[2] == "zh_Hans":
        assert [
            form for _, form in pairs(read(po_path(*names))) if PLAIN_PUNCTUATION.search(form)
        ] == []


def test_compiled_files_are_up_to_date(names):
    path = po_path(*names)
    assert path.with_suffix(".mo").read_bytes() == compiled(read(path)), "Run: make words"


@pytest.mark.parametrize(("package", "domain"), ADDED)
def test_added_text_is_text_of_django_that_its_catalogues_lack(package, domain):
    locale = Path(admin.__file__).parent / "locale"
    english, chinese = (
        {message.id for message in read(locale / language / "LC_MESSAGES" / f"{domain}.po")}
        for language in ("en", "zh_Hans")
    )
    assert set(ADDED[package, domain]) <= english - chinese


def test_text_is_extracted_from_templates_code_and_scripts(tmp_path):
    (tmp_path / "page.html").write_text(
        '{% load chat %}<a title="{% translate "100% of it" %}">{% translate "It\'s" %}</a>'
        "{% blocktranslate trimmed with name=user.name|upper %}\n Hello\n <b>{{ name }}</b>"
        '{% endblocktranslate %}{% blocktranslate count n=1 %}{{ n }} "day"{% plural %}{{ n }} days'
        '{% endblocktranslate %}{{ _("short") }}'
    )
    (tmp_path / "code.py").write_text(
        'a = gettext_lazy("lazy")\nb = ngettext("one", "many", n)\nc = gettext_noop("later")\n'
        'd = _("joined "\n      "text")\n'
    )
    (tmp_path / "script.js").write_text(
        'const a = gettext("Hello {name}", { name }), b = `${c}`;\n'
        'ngettext("{count} x", "{count} xs", n);'
    )
    found = {
        path.name: [text for _, text, *_ in catalogues.messages(path)]
        for path in tmp_path.iterdir()
    }
    assert found == {
        "page.html": [
            "100%% of it",
            "It's",
            "Hello <b>%(name)s</b>",
            ('%(n)s "day"', "%(n)s days"),
            "short",
        ],
        "code.py": ["lazy", ("one", "many"), "later", "joined text"],
        "script.js": ["Hello {name}", ("{count} x", "{count} xs")],
    }
