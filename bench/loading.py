"""A cold load of a room's page in Chromium: requests, bytes, first paint, and until it is live.

    python -m bench.loading [--times 5]

Each load has an empty cache. "slow 3G" has 400 ms of latency and 400 kbit/s, as Lighthouse's and
Chromium's, "phone" is "Fast 4G"; both have a CPU that is four times slower. Medians.
"""

import argparse
import time
from statistics import median

from bench import site
from bench.browser import running
from bench.switching import FAST_4G, PAINTED
from bench.tables import show

SLOW_3G = {
    "offline": False,
    "latency": 400,
    "downloadThroughput": 400e3 / 8,
    "uploadThroughput": 400e3 / 8,
}
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True}
PRESETS = {
    "desktop": ({"viewport": {"width": 1280, "height": 800}}, None),
    "phone": (PHONE, FAST_4G),
    "slow 3G": (PHONE, SLOW_3G),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5)
    options = parser.parse_args()
    rows = []
    with running() as (browser, port, users, room):
        url = f"http://127.0.0.1:{port}"
        cookie = dict(zip(("name", "value"), site.cookie(users[0]).split("="), strict=True))
        for name, preset in PRESETS.items():
            loads = [load(browser, preset, url, cookie, room.pk) for _ in range(options.times)]
            medians = {key: round(median(one[key] for one in loads)) for key in loads[0]}
            rows.append({"preset": name, **medians})
    show(rows)


def load(browser, preset, url: str, cookie: dict[str, str], room: int) -> dict[str, float]:
    options, network = preset
    context = browser.new_context(**options)
    context.add_cookies([{**cookie, "url": url}])
    page = context.new_page()
    client, sizes = context.new_cdp_session(page), []
    client.send("Network.enable")
    client.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    if network:
        client.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        client.send("Network.emulateNetworkConditions", network)
    start = time.perf_counter()
    page.goto(f"{url}/rooms/{room}/", wait_until="commit")
    page.wait_for_selector("#here-count:not(:empty)", state="attached")
    live = time.perf_counter() - start
    painted = page.evaluate(PAINTED)
    context.close()
    return {
        "requests": len(sizes),
        "kb": sum(sizes) / 1000,
        "painted_ms": painted,
        "live_ms": 1000 * live,
    }


if __name__ == "__main__":
    main()
