"""The bundles of scripts and stylesheets, and pages of projects that do not use them."""

import pytest
from django.contrib.staticfiles import finders

from chat import bundles
from chat.finders import BundleFinder
from chat.templatetags import chat as tags

EARLY, MAIN = "chat/bundles/early.js", "chat/bundles/main.js"


@pytest.fixture
def files(monkeypatch):
    """The static files of the test, by their paths."""
    found = {
        "chat/early.js": 'import { tick } from "./text/clock.js";\nexport const at = tick();\n',
        "chat/main.js": (
            'import { at } from "./early.js";\n'
            'import { Room, FULL as MANY } from "./room/room.js";\n'
            "new Room(at, MANY);\n"
        ),
        "chat/room/room.js": (
            'import { tick } from "../text/clock.js";\n'
            "export const FULL = 5;\nexport class Room {}\nconst own = tick;\n"
        ),
        "chat/text/clock.js": "export async function tick() {}\nfunction own() {}\n",
    }
    monkeypatch.setattr(bundles, "read", found.__getitem__)
    return found


TAGS = (tags.is_bundled, tags.early_script, tags.main_script, tags.styles)


@pytest.fixture
def without_finder(settings):
    def clear():
        for tag in TAGS:
            tag.cache_clear()

    settings.STATICFILES_FINDERS = settings.STATICFILES_FINDERS[:2]
    clear()
    yield
    clear()


def test_each_script_is_in_one_bundle_after_those_that_it_imports(files):
    early, main = bundles.build(EARLY), bundles.build(MAIN)
    assert early.index("const chat_text_clock =") < early.index("const chat_early =")
    assert "const chat_room_room =" in main
    assert "const chat_text_clock =" not in main
    assert early.endswith("export { chat_text_clock, chat_early };\n")
    assert main.startswith('import { chat_text_clock, chat_early } from "./early.js";\n')


def test_names_are_imported_and_exported(files):
    main = bundles.build(MAIN)
    assert "const { Room, FULL: MANY } = chat_room_room;" in main
    assert "\nclass Room {}" in main
    assert "return { FULL, Room };" in main


@pytest.mark.parametrize(
    "statement",
    [
        'import "./text/clock.js";',
        'import clock from "./text/clock.js";',
        'import * as clock from "./text/clock.js";',
        'import { tick } from "https://example.org/clock.js";',
        'const clock = await import("./text/clock.js");',
        "await tick();",
        "export default tick;",
        "export { tick };",
        "export let tick = 1;",
        'export * from "./text/clock.js";',
    ],
)
def test_a_statement_that_is_not_supported_is_refused(files, statement):
    files["chat/room/room.js"] += statement
    with pytest.raises(ValueError, match=r"chat/room/room\.js has a statement"):
        bundles.build(MAIN)


def test_a_circle_of_imports_is_refused(files):
    files["chat/text/clock.js"] = 'import { at } from "../early.js";\n'
    with pytest.raises(ValueError, match="imports itself"):
        bundles.build(EARLY)


@pytest.mark.parametrize("path", bundles.BUILDERS)
def test_every_bundle_is_found_and_collected(path):
    assert finders.find(path)
    assert path in [name for name, _ in BundleFinder().list([])]


def test_a_bundle_has_the_files_of_this_moment_and_keeps_its_time(files):
    finder = BundleFinder()
    path = finder.find(MAIN)
    time = finder.storage.get_modified_time(MAIN)
    assert finder.find(MAIN) == path
    assert finder.storage.get_modified_time(MAIN) == time
    files["chat/main.js"] += "changed();\n"
    assert finder.find(MAIN, find_all=True) == [path]
    assert "changed();" in finder.storage.open(MAIN).read().decode()


@pytest.mark.parametrize("path", ["chat/main.js", "chat/bundles/other.js", "../chat/bundles/x.js"])
def test_other_files_are_not_found(path):
    assert not BundleFinder().find(path)


def test_a_project_replaces_a_stylesheet(settings, tmp_path):
    (tmp_path / "chat").mkdir()
    (tmp_path / "chat" / "tokens.css").write_text(":root { --accent: teal }")
    settings.STATICFILES_DIRS = [tmp_path]
    finders.get_finder.cache_clear()
    try:
        assert "--accent: teal" in bundles.build("chat/bundles/base.css")
    finally:
        finders.get_finder.cache_clear()


def test_a_page_has_the_bundles():
    assert 'src="/static/chat/bundles/early.js" blocking="render"' in tags.early_script()
    assert tags.main_script().count("chat/") == 1
    assert tags.styles("frame").count("<link") == 1


def test_a_project_without_the_finder_gets_every_file(without_finder):
    assert 'src="/static/chat/early.js" blocking="render"' in tags.early_script()
    assert 'href="/static/chat/room/timeline.js"' in tags.main_script()
    assert tags.styles("frame").count("<link") == len(bundles.STYLES["frame"])
