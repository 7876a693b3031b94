"""The page of online people, and its charts for staff, there and in the admin."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from presence.models import Sample
from tests.browser.test_accessibility import faults


@pytest.fixture
def staff(alice):
    alice.is_staff = alice.is_superuser = True
    alice.save()
    now = timezone.now().replace(second=0, microsecond=0)
    Sample.objects.bulk_create(
        Sample(at=now - timedelta(minutes=minutes), people=minutes % 40)
        for minutes in range(10, 1000, 10)
    )
    return alice


def count_rows(page) -> int:
    """Returns the number of rows that a screen reader finds in the table of the first chart."""
    chart = page.get_by_role("region", name="Online over the last day")
    chart.get_by_text("Show all values").click()
    expect(chart.get_by_role("columnheader", name="From")).to_be_visible()
    return chart.get_by_role("table").get_by_role("row").count()


@pytest.mark.parametrize("path", ["online/", "admin/presence/sample/"])
def test_each_chart_has_a_table(url, staff, visit, path):
    page = visit(staff, f"{url}/{path}")
    expect(page.locator("svg.chart")).to_have_count(3)
    assert count_rows(page) > 30
    assert page.locator("svg.chart:not([aria-hidden=true])").count() == 0


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_the_online_page_is_accessible(url, staff, visit, scheme, width):
    options = {"color_scheme": scheme, "viewport": {"width": width, "height": 800}}
    page = visit(staff, f"{url}/online/", **options)
    count_rows(page)
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
