"""Every control that shows only an icon has a tooltip with its name."""

import pytest

from tests.browser.page_actions import connected

ICONS_ONLY = """() => [...document.querySelectorAll("a, button")]
  .filter((one) => one.querySelector("svg") && !one.innerText.trim() && !one.title)
  .map((one) => one.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize(
    "path",
    ["", "rooms/new/", "rooms/{}/", "rooms/{}/members/", "rooms/{}/leave/", "accounts/email/"],
)
def test_icons_have_tooltips(url, alice, general, visit, path):
    page = connected(visit(alice, f"{url}/{path.format(general.pk)}"))
    assert page.evaluate(ICONS_ONLY) == []
