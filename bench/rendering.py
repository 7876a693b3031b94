"""The cost of rendering a message: `python -m bench.rendering [characters ...]`.

Renders messages as people write them, and bodies that repeat each pair of the pieces below, which
are hard for parsers. Times are milliseconds of CPU, the best of three; `worst` names the slowest.
"""

import itertools
import sys
import time

from bench.tables import show

LENGTHS = [4_000, 10_000]
RUNS = 3
PEOPLE = {"a": 1, "bob": 2}
PIECES = [
    *"*_~`[]()<>&!\\|:/@.#\"' 1a-\n\t", "\u0301", "上", "。", "😀", "**", "~~", "```", "> ", "- ",
    "1. ", "](", "\n\n", "    ", "&amp;", "http://", "https://a.b/", "www.", "mailto:", "@bob",
    "a@b.com", "x.com/",
]  # fmt: skip
MESSAGES = {
    "plain text": "Hello, are you coming to lunch at noon?",
    "a mention": "@bob, are you **coming**?",
    "a link": "See https://example.org/a/page?x=1 for more.",
    "a list": "We need:\n\n- bread\n- `butter`\n- *jam*",
    "Chinese": "请看 https://example.com/a。谢谢 @bob",
}


def main(lengths: list[int]) -> None:
    show([*map(message, MESSAGES), *map(hostile, lengths)])


def message(name: str) -> dict:
    body = MESSAGES[name]
    return {"body": name, "bodies": 1, "median ms": least(body), "most ms": None, "worst": None}


def hostile(length: int) -> dict:
    pieces = ["".join(pair) for pair in itertools.product(PIECES, repeat=2)]
    times = sorted((least((piece * length)[:length]), repr(piece)) for piece in pieces)
    most, worst = times[-1]
    return {
        "body": f"{length:,} characters",
        "bodies": len(times),
        "median ms": times[len(times) // 2][0],
        "most ms": most,
        "worst": worst,
    }


def least(body: str) -> float:
    return round(min(seconds(body) for _ in range(RUNS)) * 1000, 3)


def seconds(body: str) -> float:
    from chat.rendering import markdown

    start = time.thread_time()
    markdown.render(body, PEOPLE)
    return time.thread_time() - start


if __name__ == "__main__":
    main([int(length) for length in sys.argv[1:]] or LENGTHS)
