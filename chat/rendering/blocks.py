"""Renders the blocks of a message: paragraphs, lists, quotes and code."""

from collections.abc import Mapping

from markdown_it import MarkdownIt
from markdown_it.parser_block import ParserBlock
from markdown_it.rules_block import StateBlock, blockquote, list_block
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from chat.rendering import inline

# Deeper blocks are shown flat, since a phone is too narrow. A list counts twice, with its item.
NESTING_MAX = 12
EMOTICONS = (">_", ">.", ">:", ">;", ">=")  # not quotes


class Blocks(ParserBlock):
    """Shows the text of blocks that are nested too deep. The base class drops it."""

    def tokenize(self, state: StateBlock, startLine: int, endLine: int) -> None:
        if state.level < NESTING_MAX:
            super().tokenize(state, startLine, endLine)
        else:
            flatten(state, startLine, endLine)


def flatten(state: StateBlock, start: int, end: int) -> None:
    """Makes one paragraph of the lines that are indented as far as this block."""
    line = start
    while line < end and (state.isEmpty(line) or state.sCount[line] >= state.blkIndent):
        line += 1
    state.line = max(line, start + 1)
    if text := state.getLines(start, state.line, state.blkIndent, False).strip():
        state.push("paragraph_open", "p", 1)
        state.push("inline", "", 0).content = text
        state.push("paragraph_close", "p", -1)


def quote(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    at = state.bMarks[start] + state.tShift[start]
    begins = state.src.startswith(">", at) and not state.src.startswith(EMOTICONS, at)
    return begins and blockquote(state, start, end, silent)


def listing(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Parses a list, unless its marker has no text: "+" or "1." can be a complete message."""
    text = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
    return len(text.split(maxsplit=1)) > 1 and list_block(state, start, end, silent)


def render_inline(state: StateCore) -> None:
    for block in state.tokens:
        if block.type == "inline":
            html = inline.render(block.content, state.env["people"])
            block.children = [Token("html_inline", "", 0, content=html)]


def render(text: str, people: Mapping[str, int]) -> str:
    return parser.render(text, {"people": people})


parser = MarkdownIt("zero", {"maxNesting": NESTING_MAX * 2, "langPrefix": "language-"})
parser.block = Blocks()
parser.block.ruler.at("blockquote", quote, {"alt": ["paragraph", "blockquote", "list"]})
parser.block.ruler.at("list", listing, {"alt": ["paragraph", "blockquote"]})
parser.block.ruler.enableOnly(["code", "fence", "blockquote", "list", "paragraph"])
parser.core.ruler.enableOnly(["normalize", "block"])
parser.core.ruler.push("render_inline", render_inline)
