"""The files of names that are made from Unicode's CLDR and from the tz database."""

import pytest

from scripts import catalogues, cldr


@pytest.mark.parametrize("language", ["en", *catalogues.LANGUAGES])
def test_files_are_up_to_date(language):
    for path, text in cldr.contents(language).items():
        assert path.read_text(encoding="utf-8") == text, "Run: make words"


def test_old_names_go_to_the_place_that_they_are_for():
    assert cldr.new_name("Asia/Calcutta") == "Asia/Kolkata"
    assert cldr.new_name("Asia/Chongqing") == "Asia/Shanghai"
    assert cldr.new_name("Antarctica/South_Pole") == "Antarctica/McMurdo"
