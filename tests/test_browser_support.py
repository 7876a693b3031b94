"""Scripts and styles use only features that browsers have had for three years: one unknown word
stops all scripts of the page, and a browser does not show a colour that it cannot parse."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
APPS = ("chat", "presence", "tasks", "chatsite")
NEWER = {
    ".css": r"light-dark\(|@starting-style|@scope|@property|anchor-name|rgb\(from|oklch\(from",
    ".js": r"/[dgimsuy]*v[dgimsuy]*[;,.)]|withResolvers|Object\.groupBy|Map\.groupBy"
    r"|Array\.fromAsync|\.(?:union|intersection|isSubsetOf|isDisjointFrom)\(|AbortSignal\.any|URL\.parse\(|Promise\.try"
    r"|fromBase64|startViewTransition|showPopover|Intl\.Segmenter|RegExp\.escape|\busing ",
}
FILES = [
    path
    for app in APPS
    for path in sorted((ROOT / app).rglob("static/**/*"))
    if path.suffix in NEWER
]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_uses_no_newer_feature(path):
    assert not re.findall(NEWER[path.suffix], path.read_text())


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.suffix == ".css"], ids=lambda path: path.name
)
def test_a_has_selector_is_in_a_rule_of_its_own(path):
    """A browser without :has() drops the whole rule, with the other selectors of its list."""
    for selectors in re.findall(r"([^{}/]+:has\([^{}]+)\{", path.read_text()):
        assert all(":has(" in one for one in re.split(r",(?![^(]*\))", selectors)), selectors
