"""pip installs exactly the locked versions."""

import re

import pytest

from tests.chatsite.processes import ROOT


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_has_its_hashes_and_no_index(name):
    text = (ROOT / name).read_text()
    requirements = re.split(r"^(?=\w)", text, flags=re.MULTILINE)[1:]
    assert len(requirements) > 40
    for requirement in requirements:
        assert re.match(r"[\w.\-\[\]]+==\S+", requirement)
        assert "--hash=sha256:" in requirement, requirement
    assert "://" not in text
    assert "index-url" not in text
