import pytest

from chat.rendering.bidi import isolate


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Bob", "Bob"),
        ("שלום", "\u2068שלום\u2069"),
        ("Bob علي", "\u2068Bob علي\u2069"),
        ("李雷", "李雷"),
    ],
)
def test_only_right_to_left_names_are_isolated(name, shown):
    assert isolate(name) == shown
