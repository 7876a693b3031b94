from collections.abc import Callable, Iterator

import pytest

import presence.connection
from chat.rate_limits import limiter
from tests import valkey
from tests.chatsite.processes import Command


@pytest.fixture
def command(tmp_path) -> Iterator[Callable[..., Command]]:
    """Starts commands on one data folder, and ends them with the test."""
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
    # So the next test does not wait for the next check.
    presence.connection.outage.on = limiter.outage.on = False
