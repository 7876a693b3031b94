"""The time between frames in Chromium while 20 messages a second arrive in the room on the screen.

    python -m bench.frames [--seconds 10]

"idle" is the same page while nothing arrives. "at the end" follows the new messages, "scrolled up"
stays at older ones, "scrolling" turns the wheel all the time. "phone" has a CPU that is four times
slower. The p95 in ms; a screen with 60 Hz shows a frame each 16.7 ms. "dropped" are the frames that
came a whole frame late or more, in percent.
"""

import argparse
import threading
import time
from contextlib import contextmanager, nullcontext
from itertools import count, pairwise
from statistics import quantiles

from bench.browser import running
from bench.pages import post_message
from bench.switching import open_page
from bench.tables import show

PER_SECOND = 20
FRAME_MS = 1000 / 60
START = """{
  window.times = [];
  const note = (time) => { times.push(time); requestAnimationFrame(note); };
  requestAnimationFrame(note);
  null;
}"""
TO_END = "scroller.scrollTop = 0"  # it counts from the end
TO_OLDER = "scroller.scrollTop = -scroller.scrollHeight / 3"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()
    rows = []
    with running() as (browser, port, users, room):
        for name in ("desktop", "phone"):
            page = open_page(browser, name, port, users[0], room)
            for state, at, posts, wheel in STATES:
                page.evaluate(at)
                with posting(users, room) if posts else nullcontext():
                    found = frames(page, options.seconds, wheel)
                rows.append({"preset": name, "state": state, **found})
    show(rows)


STATES = (  # name, where, whether messages arrive, pixels of each turn of the wheel
    ("idle", TO_END, False, 0),
    ("at the end", TO_END, True, 0),
    ("scrolled up", TO_OLDER, True, 0),
    ("scrolling, idle", TO_OLDER, False, -3),
    ("scrolling", TO_OLDER, True, -3),
)


@contextmanager
def posting(users, room):
    """Posts meanwhile, each time as another user."""
    over = threading.Event()

    def post() -> None:
        for number in count(1):
            if over.wait(1 / PER_SECOND):
                return
            post_message(users[number % 20], room, f"Message {number}, **some** bold.")

    thread = threading.Thread(target=post)
    thread.start()
    yield
    over.set()
    thread.join()


def frames(page, seconds: float, wheel: int) -> dict[str, float]:
    page.mouse.move(page.viewport_size["width"] - 100, 300)
    page.evaluate(START)
    over = time.perf_counter() + seconds
    while time.perf_counter() < over:
        if wheel:
            page.mouse.wheel(0, wheel)
        page.wait_for_timeout(FRAME_MS)
    times = page.evaluate("times.splice(0)")
    gaps = [after - before for before, after in pairwise(times)]
    late = sum(gap > 1.5 * FRAME_MS for gap in gaps)
    return {
        "p95_ms": round(quantiles(gaps, n=20)[-1], 1),
        "worst_ms": round(max(gaps), 1),
        "dropped_percent": round(100 * late / len(gaps), 1),
    }


if __name__ == "__main__":
    main()
