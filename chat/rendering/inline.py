"""Renders the text of a paragraph: code, links, emphasis, mentions, escapes and line breaks.

It makes one pass from left to right, writes only the tags and attributes below, and is sanitized
afterwards.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape, unescape
from urllib.parse import quote

from chat.rendering import bare_links, emphasis, mentions
from chat.rendering.emphasis import Delimiter
from chat.rendering.inline_syntax import (
    AUTOLINK,
    BACKSLASHES,
    BACKTICKS,
    ESCAPED,
    INDENT,
    NEXT,
    PATH,
    PATH_MAX,
    RUN,
    TARGET,
    begins_block,
    entity_at,
)
from chat.rendering.scripts import has_visible_text


@dataclass(frozen=True, slots=True)
class Element:
    """A link or a mention. `label` is its HTML within another link, `host` the host of a link."""

    html: str
    label: str
    host: str = ""


@dataclass(frozen=True, slots=True)
class Bracket:
    """An opening bracket, with the numbers of nodes, delimiters and backslashes before its
    label."""

    at: int
    nodes: int
    delimiters: int
    backslashes: int


Node = str | Delimiter | Element


def render(text: str, people: Mapping[str, int] | None = None) -> str:
    """Returns the HTML of a text. `people` is {lower-case username: id} of possible mentions."""
    return Inline(text, people or {}).html()


def html_of(node: Node) -> str:
    return node if isinstance(node, str) else node.html


def link(href: str, label: str) -> str:
    return f'<a href="{escape(href)}">{label}</a>'


class Inline:
    def __init__(self, source: str, people: Mapping[str, int]) -> None:
        self.source, self.people = source, people
        self.nodes: list[Node] = []
        self.delimiters: list[Delimiter] = []
        self.brackets: list[Bracket] = []
        self.content = 0  # pieces of text until here
        self.backticks: dict[int, list[int]] | None = None  # positions of runs, by length

    def html(self) -> str:
        bare = deque(bare_links.find(self.source))
        at, stop, end = 0, -1, len(self.source)
        while at < end:
            if stop < at:
                found = NEXT.search(self.source, at)
                stop = found.start() if found else end
            while bare and bare[0].start < at:
                bare.popleft()
            if bare and bare[0].start <= stop:
                at = self.bare_link(at, bare.popleft())
                continue
            self.add_text(at, stop)
            at = READERS[self.source[stop]](self, stop) if stop < end else end
        emphasis.resolve(self.delimiters)
        return "".join(map(html_of, self.nodes))

    def add(self, node: str | Element) -> None:
        self.content += 1
        self.nodes.append(node)

    def add_text(self, start: int, end: int) -> None:
        if start < end:
            self.add(escape(self.source[start:end], quote=False))

    # Each of these reads the syntax that begins at `at` and returns its end.

    def literal(self, at: int) -> int:
        self.add_text(at, at + 1)
        return at + 1

    def bare_link(self, at: int, found: bare_links.Link) -> int:
        self.add_text(at, found.start)
        self.add_link(found.href, self.source[found.start : found.end])
        return found.end

    def add_link(self, href: str, text: str) -> None:
        label = escape(text, quote=False)
        self.add(Element(link(href, label), label, bare_links.host_of(href)))

    def newline(self, at: int) -> int:
        if self.nodes and isinstance(self.nodes[-1], str):
            self.nodes[-1] = self.nodes[-1].rstrip(" ")
        self.nodes.append("<br>\n")
        return INDENT.match(self.source, at + 1).end()  # type: ignore[union-attr]

    def code(self, at: int) -> int:
        end = BACKTICKS.match(self.source, at).end()  # type: ignore[union-attr]
        if (close := self.backticks_after(end, end - at)) is None:
            self.add_text(at, end)
            return end
        code = self.source[end:close].replace("\n", " ")
        if code.strip(" ") and code[0] == code[-1] == " ":
            code = code[1:-1]
        self.add(f"<code>{escape(code, quote=False)}</code>")
        return close + end - at

    def backticks_after(self, start: int, length: int) -> int | None:
        """Returns the position of the next run of `length` backticks; None if there is none."""
        if self.backticks is None:
            self.backticks = {}
            for run in BACKTICKS.finditer(self.source):
                self.backticks.setdefault(len(run[0]), []).append(run.start())
        runs = self.backticks.get(length, [])
        at = bisect_left(runs, start)
        return runs[at] if at < len(runs) else None

    def angle(self, at: int) -> int:
        match = AUTOLINK.match(self.source, at)
        href = bare_links.safe_target(match[1] or f"mailto:{match[2]}") if match else ""
        if not match or not href:
            return self.literal(at)
        self.add_link(href, match[1] or match[2])
        return match.end()

    def entity(self, at: int) -> int:
        if not (char := entity_at(self.source, at)):
            return self.literal(at)
        self.add(escape(char, quote=False))
        return self.source.index(";", at) + 1

    def mention(self, at: int) -> int:
        if not (found := mentions.mention_at(self.source, at, self.people)):
            return self.literal(at)
        end, user = found
        label = escape(self.source[at:end])
        id = quote(str(user), safe="")
        self.add(Element(f'<span class="mention" data-user="{id}">{label}</span>', label))
        return end

    def run(self, at: int, backslashes: int = 0) -> int:
        """Reads a run of * _ or ~. Backslashes before it escape the whole run."""
        char = self.source[at]
        end = RUN[char].match(self.source, at).end()  # type: ignore[union-attr]
        node = Delimiter(
            char, end - at, *self.flanks(at, end, backslashes), self.content, backslashes
        )
        node.is_markup = backslashes == 1 and begins_block(self.source, at, at - 1)
        self.nodes.append(node)
        self.delimiters.append(node)
        self.content += bool(backslashes)
        return end

    def flanks(self, at: int, end: int, backslashes: int) -> tuple[bool, bool]:
        start = at - backslashes if backslashes % 2 else at
        before = self.source[max(start - 1, 0) : start]
        opens, closes = emphasis.flanks(before, self.source[end : end + 2], self.source[at])
        is_path = backslashes == 1 and PATH.search(self.source, max(start - PATH_MAX, 0), start)
        return opens and not is_path, closes

    def open_bracket(self, at: int, backslashes: int = 0) -> int:
        self.add("\\" * backslashes + "[")
        self.brackets.append(Bracket(at, len(self.nodes), len(self.delimiters), backslashes))
        return at + 1

    def close_bracket(self, at: int) -> int:
        bracket = self.brackets.pop() if self.brackets else None
        href, end = self.target(bracket, at)
        while bracket and href and bracket.backslashes % 2:
            self.unescape(bracket)
            bracket = self.brackets.pop() if self.brackets else None
        if bracket is None or not href:
            return self.literal(at)
        self.add_markdown_link(bracket, href)
        return end

    def unescape(self, bracket: Bracket) -> None:
        self.nodes[bracket.nodes - 1] = "\\" * (bracket.backslashes // 2) + "["

    def target(self, bracket: Bracket | None, at: int) -> tuple[str, int]:
        """Returns the href and the end of a link whose label ends at `at`. An empty href means that
        it is not a link."""
        match = TARGET.match(self.source, at + 1) if bracket else None
        if not bracket or not match or not has_visible_text(self.source[bracket.at + 1 : at]):
            return "", at
        target = match[1] if match[1] is not None else match[2]
        return bare_links.safe_target(unescape(ESCAPED.sub(r"\1", target))), match.end()

    def add_markdown_link(self, bracket: Bracket, href: str) -> None:
        """Adds a link. Links and mentions within the label become text. If the label shows another
        host, the real host follows."""
        inside = self.nodes[bracket.nodes :]
        emphasis.resolve(self.delimiters[bracket.delimiters :])
        del self.nodes[bracket.nodes - 1 :], self.delimiters[bracket.delimiters :]
        label = "".join(n.label if isinstance(n, Element) else html_of(n) for n in inside)
        host = bare_links.host_of(href)
        hosts = {node.host for node in inside if isinstance(node, Element) and node.host}
        real = f" ({escape(host)})" if hosts - {host} and host else ""
        self.add("\\" * (bracket.backslashes // 2))
        self.add(Element(link(href, label) + real, label, host))
        self.brackets.clear()  # links are not nested

    def backslash(self, at: int) -> int:
        """Reads backslashes. An odd number makes the next character text. Backslashes are shown if
        that character is not markup."""
        end = BACKSLASHES.match(self.source, at).end()  # type: ignore[union-attr]
        count, char = end - at, self.source[end : end + 1]
        if char and char in "*_~":
            return self.run(end, count)
        if char == "[":
            return self.open_bracket(end, count)
        is_markup = bool(char) and self.is_markup(end, count)
        if char == "]" and count % 2 and not is_markup:
            self.add(Element(self.source[at : end + 1], "\\" * (count // 2) + char))
            return end + 1
        self.add("\\" * (count // 2 if is_markup else count))
        return self.literal(end) if count % 2 and char and char in "`<&@]" else end

    def is_markup(self, at: int, backslashes: int) -> bool:
        """Returns whether a character would be markup without the backslashes before it."""
        match self.source[at]:
            case "`":
                length = BACKTICKS.match(self.source, at).end() - at  # type: ignore[union-attr]
                self.backticks_after(0, length)
                others = len((self.backticks or {}).get(length, [])) > 1
                return others or begins_block(self.source, at, at - backslashes)
            case "]":
                return self.closes_link(at, backslashes)
            case "(":
                start = at - backslashes
                return self.source[start - 1 : start] == "]" and bool(TARGET.match(self.source, at))
            case "<":
                return bool(AUTOLINK.match(self.source, at))
            case "&":
                return bool(entity_at(self.source, at))
            case "@":
                return bool(mentions.mention_at(self.source, at, self.people))
            case _:
                return begins_block(self.source, at, at - backslashes)

    def closes_link(self, at: int, backslashes: int) -> bool:
        """Returns whether a closing bracket ends a link. If it is escaped, its opening bracket
        becomes text too."""
        bracket = self.brackets[-1] if self.brackets else None
        if not bracket or not self.target(bracket, at)[0]:
            return False
        if backslashes % 2:
            self.brackets.pop()
            if bracket.backslashes % 2:
                self.unescape(bracket)
        return True


READERS: dict[str, Callable[[Inline, int], int]] = {
    "\\": Inline.backslash,
    "`": Inline.code,
    "*": Inline.run,
    "_": Inline.run,
    "~": Inline.run,
    "[": Inline.open_bracket,
    "]": Inline.close_bracket,
    "<": Inline.angle,
    "&": Inline.entity,
    "\n": Inline.newline,
    "@": Inline.mention,
}
