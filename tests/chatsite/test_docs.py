"""The names in the documents exist."""

import re
from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth import get_permission_codename
from django.utils.module_loading import import_string

from tests.chatsite.processes import ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
ELSEWHERE = ("mysite/", "var/")
OURS = ("chat", "chatsite", "presence", "tasks")


def find(name: str) -> object:
    """Returns a module, an object in one, or an attribute of that object."""
    try:
        return import_module(name)
    except ModuleNotFoundError:
        parent, _, attribute = name.rpartition(".")
        return getattr(find(parent), attribute)


def permissions() -> set[str]:
    """Returns names such as chat.delete_message."""
    return {
        f"{model._meta.app_label}.{get_permission_codename(action, model._meta)}"
        for model in apps.get_models()
        for action in model._meta.default_permissions
    }


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_names_of_code_exist(document):
    for name in re.findall(r"`([a-z_]+(?:\.\w+)+)`", document.read_text()):
        is_code = name.partition(".")[0] in OURS and not name.endswith(".py")
        if is_code and name not in permissions():
            find(name)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_files_and_folders_exist(document):
    text = document.read_text()
    linked = re.findall(r"\]\((?!http)([^)#]+)\)", text)
    quoted = re.findall(r"`((?:\w+/)+(?:\w+\.\w+)?)`", text)
    missing = [path for path in linked if not (document.parent / path).exists()]
    quoted = [path for path in quoted if not path.startswith(ELSEWHERE)]
    missing += [path for path in quoted if not (ROOT / path).exists()]
    assert missing == []


def test_a_name_that_is_wrong_is_found():
    with pytest.raises(AttributeError):
        find("presence.mark_everybody")
    assert find("chat.models.Room") is import_string("chat.models.Room")
