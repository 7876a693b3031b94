from collections.abc import Callable, Iterator

import pytest

import presence.connection
from chat.rate_limits import limiter
from tests import valkey
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


@pytest.fixture
def redis_down() -> Iterator[None]:
    valkey.server.kill()
    yield
    valkey.server.start()
    # The next test does not wait until they look again.
    presence.connection.outage.on = limiter.outage.on = False
