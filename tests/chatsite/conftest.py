from collections.abc import Callable, Iterator

import pytest

from tests.chatsite.processes import Command


@pytest.fixture
def command(tmp_path) -> Iterator[Callable[..., Command]]:
    """Starts commands on one data folder, and sees to it that none outlives the test."""
    started: list[Command] = []

    def start(*arguments: str, **options) -> Command:
        started.append(Command(list(arguments), tmp_path / "var", **options))
        return started[-1]

    yield start
    for one in started:
        one.clean_up()
