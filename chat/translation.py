"""Translated text on pages: a faster tag than Django's, and the words of the scripts."""

from functools import cache
from pathlib import Path
from typing import Any

from django.template import Node, NodeList
from django.template.base import Variable, render_value_in_context
from django.templatetags import i18n
from django.utils import translation
from django.utils.html import json_script
from django.utils.safestring import SafeString
from django.utils.translation.trans_real import DjangoTranslation
from django.views.i18n import JavaScriptCatalog

FOLDER = Path(__file__).resolve().parent / "locale"
LANGUAGE = "chat.language"


class ConstantNode(Node):
    """Renders nodes that depend on nothing but the language, once for each language."""

    def __init__(self, node: Node | NodeList) -> None:
        self.node = node
        self.texts: dict[str | None, str] = {}

    def render(self, context) -> str:
        language = language_of(context)
        if (text := self.texts.get(language)) is None:
            text = self.texts[language] = self.node.render(context)
        return text


def language_of(context) -> str | None:
    """Returns the active language. Looks it up once for each template, as that takes ten times as
    long as the rest of a node."""
    seen = context.render_context
    if (language := seen.get(LANGUAGE)) is None:
        language = seen[LANGUAGE] = translation.get_language()
    return language


def constant(parser, token) -> Node:
    """{% constant %}…{% endconstant %} has only text, translations and icons in it."""
    nodes = parser.parse(["endconstant"])
    parser.delete_first_token()
    return ConstantNode(nodes)


def translate(parser, token) -> Node:
    node = i18n.do_translate(parser, token)
    return ConstantNode(node) if is_constant(node) else node


def is_constant(node: i18n.TranslateNode) -> bool:
    expression = node.filter_expression
    is_literal = isinstance(expression.var, Variable) and expression.var.literal is not None
    return is_literal and not (expression.filters or node.asvar or node.message_context)


class BlockNode(Node):
    """Django's `blocktranslate` without plural forms. Each language is looked up once."""

    def __init__(self, node: i18n.BlockTranslateNode) -> None:
        self.node = node
        self.message, self.names = node.render_token_list(node.singular)
        self.texts: dict[str | None, str] = {}

    def render(self, context) -> str:
        language = language_of(context)
        if (text := self.texts.get(language)) is None:
            text = self.texts[language] = translation.gettext(self.message)
        return text % {name: self.value(name, context) for name in self.names}

    def value(self, name: str, context) -> str:
        given = self.node.extra_context.get(name)
        value = context.get(name, "") if given is None else given.resolve(context)
        return render_value_in_context(value, context)


def blocktranslate(parser, token) -> Node:
    node = i18n.do_block_translate(parser, token)
    has_options = node.plural or node.asvar or node.message_context
    return node if has_options else BlockNode(node)


def script_words() -> SafeString | str:
    """Returns the words of chat's scripts as JSON that text/words.js reads. English needs none."""
    return words_of(translation.get_language() or "en")


@cache
def words_of(language: str) -> SafeString | str:
    catalogue = script_catalogue(language)
    return json_script(catalogue, "words") if catalogue else ""


def script_catalogue(language: str) -> dict[str, Any]:
    """Returns translations by their English words; a list of plural forms for words with a
    number."""
    view = JavaScriptCatalog()
    view.translation = DjangoTranslation(language, domain="djangojs", localedirs=[str(FOLDER)])
    return view.get_catalog()


def language_attributes() -> SafeString:
    """Returns `lang` and, for languages that are written from right to left, `dir`."""
    return attributes_of(translation.get_language() or "en")


@cache
def attributes_of(language: str) -> SafeString:
    tag = translation.to_locale(language).replace("_", "-")
    with translation.override(language):
        direction = ' dir="rtl"' if translation.get_language_bidi() else ""
    return SafeString(f'lang="{tag}"{direction}')
