"""The numbers of the messages of other processes show whether one was lost."""

import pytest

from chat.live.heartbeat import PROCESSES_MAX
from chat.live.hub import Hub


@pytest.mark.parametrize(
    ("numbers", "is_lost"),
    [((1, 2, 3), False), ((1, 3), True), ((1, 2, 1), True), ((2,), True), ((7, 8), True)],
)
async def test_a_missing_number_starts_a_catch_up(numbers, is_lost):
    hub = Hub()  # to which only this test sends
    for number in numbers:
        hub.heartbeat.record("another process", number)
    assert (hub.heartbeat.catching_up is not None) == is_lost
    await hub.stop()


async def test_processes_that_ended_are_forgotten():
    hub = Hub()
    hub.heartbeat.record("this one lives", 1)
    for number in range(2 * PROCESSES_MAX):
        hub.heartbeat.record(f"command {number}", 1)
        hub.heartbeat.record("this one lives", number + 2)
    assert len(hub.heartbeat.last_numbers) == PROCESSES_MAX
    assert hub.heartbeat.catching_up is None


async def test_every_process_has_numbers_of_its_own():
    hub = Hub()
    hub.heartbeat.record("another process", 1)
    hub.heartbeat.record("a third one", 1)
    hub.heartbeat.record("another process", 2)
    assert hub.heartbeat.catching_up is None


async def test_a_hub_that_does_not_receive_its_own_messages_is_unsubscribed():
    hub = Hub()
    assert not hub.heartbeat.is_unsubscribed()
    hub.publisher.number = 2
    assert hub.heartbeat.is_unsubscribed()
    hub.heartbeat.record(hub.name, 2)
    assert not hub.heartbeat.is_unsubscribed()
