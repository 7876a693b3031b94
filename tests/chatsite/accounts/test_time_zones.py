"""The choice of a time zone: by country and city, in the language of the page, with the offset."""

import re
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils.translation import override

from chatsite.accounts import time_zones

pytestmark = pytest.mark.django_db
PAGE = "/accounts/profile/"
WINTER, SUMMER = datetime(2026, 1, 7, tzinfo=UTC), datetime(2026, 7, 7, tzinfo=UTC)


def options(chosen: str = "", now: datetime = WINTER) -> dict[str, str]:
    """Returns the label of each zone."""
    _none, *areas = time_zones.choices(chosen, now)
    return {name: label for _area, zones in areas for name, label in zones}


def test_each_zone_is_listed_once_under_a_label_of_its_own():
    listed = options()
    assert len(set(listed.values())) == len(listed) > 400
    assert listed.keys() <= time_zones.names()


@pytest.mark.parametrize(
    ("language", "name", "label"),
    [
        ("en-gb", "Europe/Berlin", "Germany – Berlin (UTC+01:00)"),
        ("en-gb", "Asia/Kolkata", "India – Kolkata (UTC+05:30)"),
        ("en-gb", "America/New_York", "United States – New York (UTC-05:00)"),
        ("en-gb", "Asia/Singapore", "Singapore (UTC+08:00)"),
        ("zh-hans", "Asia/Shanghai", "中国 – 上海（UTC+08:00）"),
        ("zh-hans", "Europe/London", "英国 – 伦敦（UTC+00:00）"),
        ("fr", "Europe/Berlin", "Germany – Berlin (UTC+01:00)"),  # without labels of its own
    ],
)
def test_a_label_has_the_country_the_city_and_the_offset(language, name, label):
    with override(language):
        assert options()[name] == label


def test_the_offset_is_that_of_the_day():
    assert options(now=SUMMER)["Europe/Berlin"] == "Germany – Berlin (UTC+02:00)"
    assert options(now=WINTER)["Europe/Berlin"] == "Germany – Berlin (UTC+01:00)"


def test_areas_and_zones_are_in_the_language_of_each_request(alice):
    texts = {
        "zh-CN": ('label="欧洲"', "德国 – 柏林（"),
        "en": ('label="Europe"', "Germany – Berlin ("),
    }
    for accepted in ("zh-CN", "en", "zh-CN"):
        client = Client(headers={"Accept-Language": accepted})
        client.force_login(alice)
        page = client.get(PAGE).text
        assert all(text in page for text in texts[accepted])


def test_an_old_name_is_kept_and_shown_as_its_zone(client, alice):
    alice.time_zone = "Asia/Calcutta"  # from a browser
    alice.save()
    client.force_login(alice)
    page = client.get(PAGE).text
    assert re.search(r'<option value="Asia/Calcutta" selected\s*>India – Kolkata ', page)
    assert "Asia/Kolkata" not in page
    client.post(PAGE, {"name": "Alice A", "time_zone": "Asia/Calcutta"})
    alice.refresh_from_db()
    assert (alice.name, alice.time_zone) == ("Alice A", "Asia/Calcutta")


def test_each_old_name_belongs_to_a_zone():
    for name in time_zones.names():
        assert name in options(name)


@pytest.fixture
def other_machine(monkeypatch):
    """other_machine(names) has the time zones of another release of the tz database."""

    def use(names: set[str]) -> None:
        monkeypatch.setattr(time_zones, "names", lambda: frozenset(names))
        time_zones.zones_by_area.cache_clear()

    yield use
    time_zones.zones_by_area.cache_clear()


def test_only_zones_of_this_machine_are_listed(other_machine):
    other_machine({"Asia/Calcutta", "Europe/Berlin"})
    assert options().keys() == {"Asia/Calcutta", "Europe/Berlin"}


def test_a_zone_that_is_newer_than_the_labels_has_its_own_name(other_machine):
    other_machine({"Europe/Berlin", "America/Argentina/Buenos_Aires"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time_zones, "labels", lambda language: "Europe/Berlin\tGermany – Berlin\n")
        assert options()["America/Argentina/Buenos_Aires"] == (
            "America/Argentina/Buenos Aires (UTC-03:00)"
        )
