"""The documentation of the API has the name and the colours of the site."""

import pytest
from playwright.sync_api import expect

from chatsite.community.models import ONLY, Community
from tests.browser.test_accessibility import faults
from tests.browser.test_every_page import MODES, NARROW, wider

LONG, RIGHT_TO_LEFT = "W" * 60, "نادي الفخار والخزف في المدينة القديمة"
SCHEMES = {
    f"{scheme} {width}": {
        "color_scheme": scheme,
        "viewport": {"width": width, "height": 800},
    }
    for scheme in ("light", "dark")
    for width in (1280, 390)
}
COLOUR = "element => getComputedStyle(element).color"


@pytest.fixture
def pottery(db, request):
    """The owner chose a name and a colour before the site started."""
    name = getattr(request, "param", LONG)
    return Community.objects.create(pk=ONLY, name=name, accent="#7a1fa2")


@pytest.mark.parametrize("mode", SCHEMES | MODES)
def test_the_page_can_be_used_by_everybody(pottery, site, alice, visit, mode):
    for user in (None, alice):
        page = visit(user, f"{site.url}/api/docs", **(SCHEMES | MODES)[mode])
        expect(page.get_by_role("heading", level=1)).to_have_text(f"The API of {pottery.name}")
        assert faults(page) + wider(page) == []
        # Each operation as a landmark would be a hundred, and Online is one of the sidebar already.
        expect(page.locator("main").get_by_role("region")).to_have_count(0)
        page.get_by_role("link", name="POST /api/rooms", exact=True).click()
        expect(page.get_by_role("heading", name="POST /api/rooms", exact=True)).to_be_in_viewport()
        assert faults(page) + wider(page) == []


@pytest.mark.parametrize("pottery", [RIGHT_TO_LEFT], indirect=True)
def test_a_right_to_left_name_is_whole(pottery, site, alice, visit):
    for user in (None, alice):
        page = visit(user, f"{site.url}/api/docs", viewport=NARROW)
        heading = page.get_by_role("heading", level=1)
        expect(heading).to_have_text(f"The API of {RIGHT_TO_LEFT}")
        assert heading.locator("bdi").evaluate("element => element.matches(':dir(rtl)')")
        assert faults(page) + wider(page) == []


@pytest.mark.parametrize(("scheme", "paper"), [("light", "255, 255, 255"), ("dark", "25, 27, 31")])
def test_the_page_has_the_colours_of_the_site(pottery, site, visit, scheme, paper):
    page = visit(None, f"{site.url}/api/docs", color_scheme=scheme)
    expect(page.locator("main")).to_have_css("background-color", f"rgb({paper})")
    links = page.locator(".contents .method").first, page.get_by_role("link", name="openapi.json")
    method, link = (element.evaluate(COLOUR) for element in links)
    assert method == link
    assert (link == "rgb(122, 31, 162)") == (scheme == "light")


def test_the_page_works_without_scripts(pottery, site, alice, visit):
    page = visit(alice, f"{site.url}/api/docs", java_script_enabled=False)
    page.get_by_role("link", name="GET /api/users", exact=True).click()
    expect(page.get_by_role("heading", name="GET /api/users", exact=True)).to_be_in_viewport()
    page.locator("section", has=page.locator("#chat_api_people")).get_by_role(
        "link", name="People"
    ).click()
    expect(page.get_by_role("heading", name="People", exact=True).last).to_be_in_viewport()
