"""Finds bare links in a text of any script, in one pass and without backtracking.

With a scheme (http, https, mailto) any host is a link. Without a scheme only www., mail addresses
and the domains below are links. None of these domains is a file ending or a common English word
that may follow a full stop.
"""

import re
from dataclasses import dataclass
from unicodedata import category
from urllib.parse import quote

from chat.rendering.scripts import BLANKS, UNSPACED

LINKS_MAX = 100  # candidates in one paragraph
LINK_MAX_CHARACTERS = 2_000
HOST_MAX = 253  # characters
DOMAIN_NAMES = """
    com org net edu gov io dev co gg ly eu uk de fr nl ch es se dk fi cz gr hu ro sk ua ru tr il ir
    jp cn tw hk kr sg vn br ar mx cl ca au nz za ng ke
"""
DOMAINS = frozenset(DOMAIN_NAMES.split())
# These are also file endings (LilyPond, Brotli, sound, OpenCL, archives). They are domains only if
# a path follows, as in bit.ly/a, or if com or the like comes before, as in example.com.br.
FILE_ENDINGS = frozenset(["ly", "br", "au", "il", "cl", "ar", "dev"])
SECOND_LEVEL = frozenset(["com", "net", "org", "gov", "edu", "co", "ac"])
# README.org is an Org file.
FILE_NAMES = frozenset(
    ["README", "TODO", "NEWS", "NOTES", "CHANGES", "CHANGELOG", "INSTALL", "LICENSE", "AUTHORS"]
)
# Letters and digits of scripts with spaces: a link does not begin inside such a word. Python has no
# set subtraction.
SPACED = rf"[^\W_{UNSPACED}]"
CANDIDATE = re.compile(
    r"(?<![A-Za-z0-9])(?P<scheme>https?://)"
    rf"|(?<!{SPACED})(?<![@.\-/\\])(?P<mailto>mailto:)?"
    r"(?:(?P<www>www\.)(?=\w)"
    rf"|(?P<name>[a-z0-9][a-z0-9_%+-]*+(?:[.@][a-z0-9_%+-]++)++)(?!{SPACED}))",
    re.IGNORECASE,
)
LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
DOMAIN = re.compile(rf"(?:{LABEL}\.)+([a-z]{{2,24}}|xn--[a-z0-9-]{{2,59}})", re.IGNORECASE)
ADDRESS = re.compile(rf"[a-z0-9_%+-][a-z0-9._%+-]{{0,63}}@{DOMAIN.pattern}", re.IGNORECASE)
REMOTE = re.compile(r":\w|@")
QUERY = re.compile(r"\?[\w=&%.+-]+")
USER = re.compile(r"[\w.~%!$&*+,;=-]++(?::[\w.~%!$&*+,;=:-]*+)?@(?=\w)", re.ASCII)
HOST = re.compile(r"\[[0-9a-f:.]{2,45}\]|[^\W_][\w.-]*", re.IGNORECASE)
PORT = re.compile(r":\d{1,5}(?!\d)")
# ASCII without the characters that addresses never have; NEXT is where another address begins.
ASCII = r"!#-;=?-\[\]_a-z{}~"
RUN = re.compile(rf"[{ASCII}]*")
NEXT = ("**", "~~", ",http", ";http")
TRAILING = ".,;:!?'*_~([{\u00b7\u2013\u30fb-"
JOINERS = frozenset("\u00b7\u2013\u30fb")  # within titles: Leonardo·da·Vinci, or an en dash
# The last is Thai for "and so on".
NOT_OF_ADDRESSES = rf"[\W{''.join(sorted(BLANKS))}\u0e2f]"
TOKEN = re.compile(
    rf"(?P<ascii>[{ASCII}]+)"
    rf"|(?P<unspaced>(?:(?!{NOT_OF_ADDRESSES})[{UNSPACED}])+)"
    rf"|(?P<word>(?:(?!{NOT_OF_ADDRESSES})[^\x00-\x7f{UNSPACED}])+)"
    r"|(?P<other>[^\s\ufe00-\ufe0f])"
)
PART = re.compile(r"[/?#&=.]")  # what ends a part of an address
BRACKET = re.compile(r"[()\[\]{}]")
CLOSERS = {")": "(", "]": "[", "}": "{"}
SCHEME = re.compile(r"https?://(?=[^\s/?#])|mailto:(?=[^\s/?#]+@)", re.IGNORECASE)
HTTP_HOST = re.compile(r"https?://([^/?#]*)", re.IGNORECASE)
SAFE = "/?#[]@!$&'()*+,;=:%-._~{}"


@dataclass(frozen=True, slots=True)
class Link:
    """A link from `start` to `end` of the text."""

    start: int
    end: int
    href: str


def find(text: str) -> list[Link]:
    """Returns the links among the first LINKS_MAX candidates of a text, in order."""
    found: list[Link] = []
    if "." not in text and ":" not in text and "@" not in text:
        return found
    start = 0
    for _ in range(LINKS_MAX):
        if (match := CANDIDATE.search(text, start)) is None:
            break
        start = match.end()
        if link := parse_link(text, match):
            found.append(link)
            start = link.end
    return found


def parse_link(text: str, match: re.Match[str]) -> Link | None:
    start, end = match.span()
    if match["name"]:
        return parse_name(text, match)
    if match["mailto"]:
        return None
    first = end if match["scheme"] else start
    user = USER.match(text, first)
    host = host_end(text, user.end() if user else first)
    end = trim(text, host, address_end(text, start, host))
    if end <= first or (match["www"] and end - start < len("www.a.b")):
        return None
    return Link(start, end, href(text[start:end]))


def parse_name(text: str, match: re.Match[str]) -> Link | None:
    """Returns a mail address, or a host without a scheme. An underscore at the end may be
    emphasis."""
    start, name = match.start("name"), match["name"].rstrip("_")
    end = start + len(name)
    if "@" in name:
        return parse_mail(text, match, name, end)
    domain = DOMAIN.fullmatch(name)
    # Only in lower case: ASP.NET is not an address.
    if match["mailto"] or domain is None or domain[1] not in DOMAINS or len(name) > HOST_MAX:
        return None
    if text.startswith(("@", "\\"), end) or is_file(name, text[end : end + 1]):
        return None
    end = trim(text, end, address_end(text, start, end))
    return Link(start, end, href(text[start:end]))


def is_file(name: str, after: str) -> bool:
    """Returns whether a name with the ending of a domain is probably the name of a file. `after` is
    the next character."""
    first, *between, ending = name.split(".")
    is_domain = after == "/" or (between and between[-1] in SECOND_LEVEL)
    return first in FILE_NAMES or (ending in FILE_ENDINGS and not is_domain)


def parse_mail(text: str, match: re.Match[str], address: str, end: int) -> Link | None:
    # git@example.org:project is the address of a repository.
    if not ADDRESS.fullmatch(address) or REMOTE.match(text, end):
        return None
    if match["mailto"] and (query := QUERY.match(text, end)):
        end = trim(text, end, query.end())
    return Link(match.start(), end, href(f"mailto:{text[match.start('name') : end]}"))


def host_end(text: str, start: int) -> int:
    """Returns the end of the host that begins at `start`; `start` if there is none."""
    if not (match := HOST.match(text, start)):
        return start
    host = match[0][:HOST_MAX]
    if not host.isascii():
        host = host[: own_length(host)]
    return start + len(host.rstrip(".-"))


def address_end(text: str, start: int, host: int) -> int:
    """Returns the end of the address whose host ends at `host`."""
    if port := PORT.match(text, host):
        host = port.end()
    if text[host : host + 1] not in {"/", "?", "#"}:
        return host
    run = text[host : start + LINK_MAX_CHARACTERS]
    for following in NEXT:
        run = run.partition(following)[0]
    if start and text[start - 1] == "'":
        run = run.partition("'")[0]
    ascii_end = RUN.match(run).end()  # type: ignore[union-attr]
    if run[ascii_end : ascii_end + 1].isascii():
        return host + balanced(run[:ascii_end], {})
    return host + own_length(run)


def own_length(run: str) -> int:
    """Returns how many characters at the beginning of a run belong to the address.

    Letters of a script without spaces belong to it if they begin a part of the address, as in
    /wiki/上海, but not after other letters: those of example.com/a谢谢 belong to the sentence. The
    scan stops at the first such letter, since scanning beyond it would repeat work for each link.
    """
    at, unspaced, after_letter = 0, False, False
    opened: dict[str, int] = {}
    while token := TOKEN.match(run, at):
        if token["ascii"]:
            if (end := balanced(token[0], opened)) < len(token[0]):
                return at + end
            unspaced = unspaced and not PART.search(token[0])
            after_letter = token[0][-1].isalnum()
        elif token["unspaced"]:
            if after_letter and not unspaced:
                break
            unspaced = after_letter = True
        elif not token["word"] and not is_within_word(run, at):
            break
        else:
            after_letter = True
        at = token.end()
    return at


def is_within_word(run: str, at: int) -> bool:
    """Returns whether the mark or joiner at `at` is part of a word."""
    if run[at] in JOINERS:
        return run[at + 1 : at + 2].isalnum()
    before = run[at - 1 : at]
    return category(run[at])[0] == "M" and bool(before) and category(before)[0] in "LM"


def balanced(run: str, opened: dict[str, int]) -> int:
    """Returns the number of characters before the first unmatched closing bracket. `opened` counts
    the open brackets of each kind, and is updated."""
    for match in BRACKET.finditer(run):
        bracket = match[0]
        if bracket not in CLOSERS:
            opened[bracket] = opened.get(bracket, 0) + 1
        elif opened.get(CLOSERS[bracket]):
            opened[CLOSERS[bracket]] -= 1
        else:
            return match.start()
    return len(run)


def trim(text: str, host: int, end: int) -> int:
    """Returns `end` without the punctuation of the sentence, but not before the end of the host."""
    return host + len(text[host:end].rstrip(TRAILING))


def href(address: str) -> str:
    """Returns the address percent-encoded, with http:// if it has no scheme."""
    if not SCHEME.match(address):
        address = f"http://{address}"
    return address if address.isascii() else encoded(address)


def encoded(address: str) -> str:
    """Returns the address with everything after the host percent-encoded; browsers encode the
    host."""
    host = HTTP_HOST.match(address)
    end = host.end() if host else 0
    return address[:end] + quote(address[end:], safe=SAFE)


def host_of(address: str) -> str:
    """Returns the lower-case host of an http address without www., for comparison; empty if there
    is none."""
    match = HTTP_HOST.match(address)
    return match[1].rpartition("@")[2].lower().removeprefix("www.") if match else ""


def safe_target(target: str) -> str:
    """Returns the href for the target of a Markdown link; empty if it is not allowed."""
    if SCHEME.match(target):
        return href(target).replace(" ", "%20") if target.isprintable() else ""
    links = find(target)
    whole = links and (links[0].start, links[0].end) == (0, len(target.rstrip("/")))
    return links[0].href if whole else ""
