"""Whether anything was lost on the way, by the numbers of the messages."""

import pytest

from chat.hub import Hub
from chat.pulse import PROCESSES_KEPT


@pytest.mark.parametrize(
    ("numbers", "is_lost"), [((1, 2, 3), False), ((7, 8), False), ((1, 3), True), ((2, 1), True)]
)
async def test_a_number_left_out_says_that_something_was_lost(numbers, is_lost):
    hub = Hub()  # that nobody but this test talks to
    for number in numbers:
        hub.pulse.note("another process", number)
    assert (hub.pulse.catching_up is not None) == is_lost
    await hub.stop()


async def test_processes_that_ended_are_forgotten_in_time():
    hub = Hub()
    hub.pulse.note("this one lives", 1)
    for number in range(2 * PROCESSES_KEPT):
        hub.pulse.note(f"command {number}", 1)
        hub.pulse.note("this one lives", number + 2)
    assert len(hub.pulse.heard) == PROCESSES_KEPT
    assert hub.pulse.catching_up is None


async def test_every_process_has_numbers_of_its_own():
    hub = Hub()
    hub.pulse.note("another process", 7)
    hub.pulse.note("a third one", 1)
    hub.pulse.note("another process", 8)
    assert hub.pulse.catching_up is None


async def test_who_does_not_hear_itself_is_deaf():
    hub = Hub()
    assert not hub.pulse.is_deaf()
    hub.publisher.number = 2
    assert hub.pulse.is_deaf()
    hub.pulse.note(hub.name, 2)
    assert not hub.pulse.is_deaf()
