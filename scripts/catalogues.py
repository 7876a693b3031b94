"""Updates the catalogues of translations: python -m scripts.catalogues

Extracts the text of each package, puts it into the .po files of all languages, and compiles them to
the .mo files that Django reads. New text has an empty translation, which you fill in.
"""

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("zh_Hans",)
FOLDERS = {  # of each package: those whose text is in its catalogues
    "chat": ["chat"],
    "presence": ["presence"],
    "tasks": ["tasks"],
    "chatsite": ["chatsite", "templates"],
    "chatsite/accounts": [],  # for the scripts of the admin, which do not read those of chatsite
}
ADDED = {  # texts of Django that its own catalogues lack, until they have them
    ("chatsite", "django"): [
        "Add link",
        "After you’ve created a user, you’ll be able to edit more user options.",
        "Change or view list link",
        "Error:",
        "Model name",
    ],
    ("chatsite/accounts", "djangojs"): [
        "(click to clear)",
        'Choose %s by selecting them and then select the "Choose" arrow button.',
        "Choose all %s",
        "Choose selected %s",
        'Remove %s by selecting them and then select the "Remove" arrow button.',
        "Remove all %s",
        "Remove selected %s",
    ],
}
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
BEFORE_CALLS = re.compile(r"^.*?(?=n?p?gettext\()|^[ \t]+", re.MULTILINE)


def main() -> None:
    for package in FOLDERS:
        for domain in ("django", "djangojs"):
            for language in LANGUAGES:
                update(package, domain, language)


def update(package: str, domain: str, language: str) -> None:
    """Writes both files of a catalogue, unless it would be empty."""
    if not (source := source_catalogue(package, domain)):
        return
    path = po_path(package, domain, language)
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue = read(path) if path.exists() else Catalog(locale=language)
    catalogue.update(source, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    path.write_bytes(written(catalogue))
    path.with_suffix(".mo").write_bytes(compiled(catalogue))


def source_catalogue(package: str, domain: str) -> Catalog:
    """Returns the text of a package as a catalogue without translations."""
    catalogue = Catalog()
    for path in source_files(package, domain):
        for _line, text, comments, context in messages(path):
            name = str(path.relative_to(ROOT))
            catalogue.add(text, locations=[(name, 0)], auto_comments=comments, context=context)
    for text in ADDED.get((package, domain), []):
        catalogue.add(text, auto_comments=["Of Django."])
    return catalogue


def source_files(package: str, domain: str) -> Iterator[Path]:
    kinds = {".js"} if domain == "djangojs" else {".py", ".html", ".txt"}
    for folder in FOLDERS[package]:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in kinds and path.name != "words.js":
                yield path


def messages(path: Path) -> Iterator[tuple]:
    """Yields (line, text or texts, comments, context) of a file."""
    source = path.read_text(encoding="utf-8")
    if path.suffix in (".html", ".txt"):
        source = BEFORE_CALLS.sub("", templatize(source))
    method = "javascript" if path.suffix == ".js" else "python"
    yield from extract(method, io.BytesIO(source.encode()), KEYWORDS, ["Translators:"])


def po_path(package: str, domain: str, language: str) -> Path:
    return ROOT / package / "locale" / language / "LC_MESSAGES" / f"{domain}.po"


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def written(catalogue: Catalog) -> bytes:
    """Returns the .po file without dates and line numbers, which change all the time."""
    file = io.BytesIO()
    write_po(file, catalogue, width=100, sort_output=True, include_lineno=False, omit_header=True)
    return HEADER.format(plural=catalogue.plural_forms).encode() + file.getvalue()


def compiled(catalogue: Catalog) -> bytes:
    """Returns the .mo file. It depends on the translations alone, not on the time."""
    catalogue.creation_date = catalogue.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    file = io.BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


HEADER = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: {plural}\\n"

"""

if __name__ == "__main__":
    main()
