"""Sync and async handlers mark the user of an authenticated request."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from asgiref.sync import SyncToAsync, iscoroutinefunction
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils.functional import SimpleLazyObject

import presence
from presence.mark_throttle import MARK_AGAIN_SECONDS, MarkThrottle, mark_throttle
from presence.middleware import PresenceMiddleware, user_to_mark


def request_of(user):
    request = RequestFactory().get("/")
    request.user = user
    return request


def view(request):
    return HttpResponse("seen")


async def async_view(request):
    return HttpResponse("seen")


def test_an_authenticated_request_marks_its_user_before_the_view(alice):
    def online(request):
        return HttpResponse(str(presence.online_user_ids()))

    response = PresenceMiddleware(online)(request_of(alice))
    assert response.content.decode() == str({alice.pk})


def test_an_anonymous_request_marks_nobody():
    PresenceMiddleware(view)(request_of(AnonymousUser()))
    assert presence.online_count() == 0


def test_a_user_who_appears_offline_is_not_marked(alice):
    alice.appears_offline = True
    PresenceMiddleware(view)(request_of(alice))
    assert presence.online_count() == 0


def test_a_session_marks_its_user(client, alice):
    client.force_login(alice)
    client.get("/online/")
    assert presence.is_online([alice.pk]) == {alice.pk}


def test_basic_authentication_marks_its_user(client, alice):
    alice.set_password("a long password")
    alice.save()
    credentials = "YWxpY2U6YSBsb25nIHBhc3N3b3Jk"  # alice:a long password
    client.get("/online/", headers={"Authorization": f"Basic {credentials}"})
    assert presence.is_online([alice.pk]) == {alice.pk}


def test_the_middleware_is_async_if_its_view_is():
    assert iscoroutinefunction(PresenceMiddleware(async_view))
    assert not iscoroutinefunction(PresenceMiddleware(view))


def test_a_mark_is_one_round_trip_and_the_next_is_skipped(alice, round_trips):
    respond = PresenceMiddleware(view)
    presence.mark_online(alice.pk)  # loads the script into Redis
    round_trips.clear()
    respond(request_of(alice))
    assert len(round_trips) == 1
    respond(request_of(alice))
    assert len(round_trips) == 1


def test_a_user_is_marked_again_after_ten_seconds():
    throttle = MarkThrottle()
    assert throttle.allow(1, now=100)
    assert not throttle.allow(1, now=100 + MARK_AGAIN_SECONDS - 1)
    assert throttle.allow(2, now=100 + MARK_AGAIN_SECONDS - 1)
    assert throttle.allow(1, now=100 + MARK_AGAIN_SECONDS)
    assert not throttle.allow(2, now=100 + MARK_AGAIN_SECONDS)


def test_last_activity_is_at_most_fifteen_seconds_old(monkeypatch):
    """Makes a request every second, and records the marks."""
    mark_throttle.clear()
    for now in range(30_000_000 * 60, 30_000_000 * 60 + 100):
        monkeypatch.setattr("presence.middleware.seconds", lambda _, now=now: now)
        if user_to_mark(Person(3)):
            presence.mark_online(3, now)
        assert now - presence.last_activity(3, now).timestamp() <= 15


def test_a_user_is_marked_again_after_the_clock_was_set_back():
    throttle = MarkThrottle()
    throttle.allow(1, now=10_000)
    assert throttle.allow(1, now=100)


def test_old_marks_are_forgotten():
    throttle = MarkThrottle()
    for user_id in range(100):
        throttle.allow(user_id, now=user_id)
    assert len(throttle.marked) == MARK_AGAIN_SECONDS


async def test_an_async_request_marks_a_known_user_before_the_view():
    async def online(request):
        return HttpResponse(str(await asyncio.to_thread(presence.online_user_ids)))

    response = await PresenceMiddleware(online)(request_of(Person(3)))
    assert response.content.decode() == "{3}"


async def test_an_async_request_marks_a_user_whom_the_view_loaded():
    async def load_user(request):
        assert request.user.pk == 3
        return HttpResponse()

    await PresenceMiddleware(load_user)(request_of(SimpleLazyObject(lambda: Person(3))))
    assert await asyncio.to_thread(presence.online_user_ids) == {3}


async def test_an_async_request_marks_a_user_whom_nothing_loaded():
    async def auser():
        return Person(3)

    def load():
        raise AssertionError("read in the event loop")

    request = request_of(SimpleLazyObject(load))
    request.auser = auser
    await PresenceMiddleware(async_view)(request)
    assert await asyncio.to_thread(presence.online_user_ids) == {3}


async def test_an_async_request_needs_no_thread(monkeypatch):
    executor = CountingExecutor()
    monkeypatch.setattr(SyncToAsync, "single_thread_executor", executor)
    asyncio.get_running_loop().set_default_executor(executor)
    await PresenceMiddleware(async_view)(request_of(Person(3)))
    assert executor.submitted == 0
    assert await asyncio.to_thread(presence.online_user_ids) == {3}
    assert executor.submitted == 1


@pytest.mark.django_db(transaction=True)
async def test_a_session_marks_its_user_under_asgi(async_client, django_user_model):
    alice = await django_user_model.objects.acreate(username="alice")
    await async_client.aforce_login(alice)
    response = await async_client.get("/online/")
    assert "@alice" in response.content.decode()
    assert alice.pk in mark_throttle.marked


class Person:
    is_authenticated = True

    def __init__(self, pk):
        self.pk = pk


class CountingExecutor(ThreadPoolExecutor):
    submitted = 0

    def submit(self, *args, **kwargs):
        self.submitted += 1
        return super().submit(*args, **kwargs)
