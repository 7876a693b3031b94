"""The real site with filled rooms, and Chromium, for a benchmark of what a user sees."""

import contextlib
import os

from playwright.sync_api import sync_playwright

from bench import site
from bench.pages import fill_rooms
from tests.chromium import ARGUMENTS, CHROMIUM


@contextlib.contextmanager
def running():
    """Yields (browser, port, users, room)."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    cores = os.sched_getaffinity(0)
    valkey = site.prepare()
    os.sched_setaffinity(0, cores)  # the processes of a browser work at the same time
    try:
        users, room = site.populate(50)
        fill_rooms(users, room)
        with site.running() as (_, port), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            yield browser, port, users, room
            browser.close()
    finally:
        site.clean_up(valkey)
