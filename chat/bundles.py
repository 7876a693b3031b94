"""Puts the chat's scripts and stylesheets together, so that a page needs few requests.

The scripts use named imports of whole statements and named exports of functions, classes and
constants only. Each of them becomes a function that is called once, in the order of the imports.
"""

import posixpath
import re
from collections.abc import Callable, Container
from functools import partial
from pathlib import Path

from django.contrib.staticfiles import finders

STYLES = {
    "base": ("tokens", "base", "forms", "people"),
    "frame": (
        "sidebar",
        "favourites",
        "sheets",
        "timeline",
        "message",
        "composer",
        "toolbars",
        "shell",
    ),
}
IMPORT = re.compile(r'^import \{([\w\s,]+)\} from "(\.[\w./]+)";$', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) (\w+))", re.MULTILINE)
OTHER = re.compile(r"^(?:import|export|await)\b.*|\bimport\(.*", re.MULTILINE)


def build(path: str) -> str:
    """Returns the text of a bundle."""
    return BUILDERS[path]()


def early_script() -> str:
    modules = Modules()
    return f"{modules.bundle('chat/early.js')}export {{ {modules.variables} }};\n"


def main_script() -> str:
    """Returns everything that the early script does not have."""
    early = Modules()
    early.bundle("chat/early.js")
    imports = f'import {{ {early.variables} }} from "./early.js";\n'
    return imports + Modules(known=early.texts).bundle("chat/main.js")


def style(names: tuple[str, ...]) -> str:
    return "".join(map(read, map("chat/{}.css".format, names)))


def read(path: str) -> str:
    """Reads a static file, which a project may have replaced."""
    if not (found := finders.find(path)):
        raise FileNotFoundError(path)
    return Path(found).read_text(encoding="utf-8")


class Modules:
    """The scripts that an entry needs, each after those that it imports. `known` are in another
    bundle. Raises ValueError for a circle of imports, and for syntax that is not supported."""

    def __init__(self, known: Container[str] = ()) -> None:
        self.known = known
        self.texts: dict[str, str] = {}
        self.loading: list[str] = []

    def bundle(self, entry: str) -> str:
        self.load(entry)
        return "".join(self.texts.values())

    @property
    def variables(self) -> str:
        return ", ".join(map(variable, self.texts))

    def load(self, path: str) -> None:
        if path in self.loading:
            raise ValueError(f"{path} imports itself: {' '.join(self.loading)}")
        if path not in self.texts and path not in self.known:
            self.loading.append(path)
            self.texts[path] = self.wrap(path, read(path))
            self.loading.pop()

    def wrap(self, path: str, text: str) -> str:
        def use(found: re.Match[str]) -> str:
            names, source = found.groups()
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), source))
            self.load(target)
            return f"const {{{names.replace(' as ', ': ')}}} = {variable(target)};"

        exported = EXPORT.findall(text)
        text = EXPORT.sub("", IMPORT.sub(use, text))
        if other := OTHER.search(text):
            raise ValueError(f"{path} has a statement that is not supported: {other.group()}")
        names = ", ".join(exported)
        return f"const {variable(path)} = (() => {{\n{text}return {{ {names} }};\n}})();\n"


def variable(path: str) -> str:
    return re.sub(r"\W", "_", path.removesuffix(".js"))


BUILDERS: dict[str, Callable[[], str]] = {
    "chat/bundles/early.js": early_script,
    "chat/bundles/main.js": main_script,
    **{f"chat/bundles/{name}.css": partial(style, parts) for name, parts in STYLES.items()},
}
