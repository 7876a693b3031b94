"""From a click on a room to its first frame in Chromium, next to a load of the same page.

    python -m bench.switching [--times 15]

"desktop" has no limits. "phone" has a CPU that is four times slower, and Chromium's "Fast 4G":
165 ms of latency and 8.1 Mbit/s. "metered" is a phone that saves data, so that no room is fetched
before it is pressed. Between pressing and releasing are 80 ms, as with a finger. Each room has 200
messages, the page shows 50, and the sidebar has 21 rooms. Medians in ms.
"""

import argparse
from statistics import median

from bench import site
from bench.browser import running
from bench.pages import post_message
from bench.tables import show
from tests.browser.page_actions import METERED, UNMETERED

PRESSED_MS = 80
FAST_4G = {
    "offline": False,
    "latency": 165,
    "downloadThroughput": 8.1e6 / 8,
    "uploadThroughput": 1.35e6 / 8,
}
PRESETS = {
    "desktop": {"viewport": {"width": 1280, "height": 800}},
    "phone": {"viewport": {"width": 390, "height": 844}, "is_mobile": True},
    "metered": {"viewport": {"width": 390, "height": 844}, "is_mobile": True},
}
# The time from the click to the first frame in which the other room is shown.
WATCH = """{
  const room = () => document.querySelector("#scroller").dataset.room;
  window.took = new Promise((resolve) => addEventListener("click", ({ timeStamp }) => {
    const before = room();
    const done = () => resolve(performance.now() - timeStamp);
    const check = () => requestAnimationFrame(room() === before ? check : () => setTimeout(done));
    check();
  }, { capture: true, once: true }));
  null;
}"""
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=15)
    options = parser.parse_args()
    rows = []
    with running() as (browser, port, users, room):
        other = fill_other(users)
        for name in PRESETS:
            page = open_page(browser, name, port, users[0], room)
            rows.append(measure(page, name, [room.pk, other], options.times))
    show(rows)


def fill_other(users) -> int:
    """Fills one of the other rooms, and returns its id."""
    from chat.models import Room

    other = Room.objects.get(name="Room 1")
    for number in range(200):
        post_message(users[number % 20], other, f"Message {number}, **some** of it bold.")
    return other.pk


def open_page(browser, name, port, user, room):
    context = browser.new_context(**PRESETS[name])
    address = f"http://127.0.0.1:{port}"
    key, value = site.cookie(user).split("=")
    context.add_cookies([{"name": key, "value": value, "url": address}])
    context.add_init_script(METERED if name == "metered" else UNMETERED)
    page = context.new_page()
    page.goto(f"{address}/rooms/{room.pk}/")
    page.wait_for_selector("#here-count:not(:empty)", state="attached")
    if name != "desktop":
        client = context.new_cdp_session(page)
        client.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        client.send("Network.emulateNetworkConditions", FAST_4G)
    return page


def measure(page, name, rooms, times) -> dict[str, object]:
    switches, loads = [], []
    for number in range(times):
        to = rooms[(number + 1) % len(rooms)]
        switches.append(switch(page, to))
        loads.append(load(page))
    return {
        "preset": name,
        "switch_ms": round(median(switches)),
        "switch_worst_ms": round(max(switches)),
        "load_ms": round(median(loads)),
    }


def switch(page, room: int) -> float:
    if page.locator("#open-drawer").is_visible():
        page.locator("#open-drawer").click()
    page.evaluate(WATCH)
    page.locator(f"#lists [data-room='{room}']").click(delay=PRESSED_MS)
    return page.evaluate("window.took")


def load(page) -> float:
    page.reload()
    page.wait_for_selector("#here-count:not(:empty)", state="attached")
    page.wait_for_load_state("networkidle")  # rooms are fetched ahead
    return page.evaluate(PAINTED)


if __name__ == "__main__":
    main()
