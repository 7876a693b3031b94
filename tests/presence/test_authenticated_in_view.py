"""Users who are authenticated in the view, as by Django REST framework and django-ninja."""

import asyncio

import pytest
from django.contrib.auth.models import AnonymousUser, Group
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import path
from django.urls.resolvers import RegexPattern, URLResolver
from ninja import NinjaAPI
from ninja.security import HttpBearer

import presence
from presence.mark_throttle import mark_throttle
from presence.middleware import PresenceMiddleware

FACTORY = RequestFactory()


def respond(view, **attributes):
    request = FACTORY.get("/", headers={"Authorization": "Bearer secret"})
    vars(request).update(attributes)
    return PresenceMiddleware(view)(request)


async def arespond(view, **attributes):
    request = FACTORY.get("/")
    vars(request).update(attributes)
    return await PresenceMiddleware(view)(request)


class RestFrameworkRequest:
    """What rest_framework.request.Request does with the user and with what authenticated them."""

    def __init__(self, request, user, auth):
        request.user, request.auth = user, auth


def rest_view(user):
    def view(request):
        RestFrameworkRequest(request, user, auth="a token")
        return HttpResponse()

    return view


def async_rest_view(user):
    async def view(request):
        RestFrameworkRequest(request, user, auth="a token")
        return HttpResponse()

    return view


def ninja_view(user):
    class Bearer(HttpBearer):
        def authenticate(self, request, token):
            return user if token == "secret" else None

    api = NinjaAPI(auth=Bearer(), urls_namespace=f"presence-{id(user)}")

    @api.get("/")
    def me(request):
        return "me"

    return URLResolver(RegexPattern(r"^/"), [path("", api.urls)]).resolve("/").func


@pytest.fixture
def marks(monkeypatch):
    """Returns the ids of all marks, however often a user is marked."""
    marked = []
    monkeypatch.setattr(mark_throttle, "allow", lambda user_id, now: marked.append(user_id) or True)
    return marked


@pytest.mark.parametrize("before", [{}, {"user": AnonymousUser()}])
def test_rest_framework(alice, before, marks):
    respond(rest_view(alice), **before)
    assert presence.online_user_ids() == {alice.pk}
    assert marks == [alice.pk]


@pytest.mark.parametrize("before", [{}, {"user": AnonymousUser()}])
async def test_rest_framework_in_an_async_view(transactional_db, django_user_model, before, marks):
    alice = await django_user_model.objects.acreate(username="alice")
    await arespond(async_rest_view(alice), **before)
    assert await presence.aonline_user_ids() == {alice.pk}
    assert marks == [alice.pk]


def test_ninja(alice, marks):
    assert respond(ninja_view(alice), user=AnonymousUser()).status_code == 200
    assert presence.online_user_ids() == {alice.pk}
    assert marks == [alice.pk]


def test_a_request_is_marked_once(alice, bob, marks):
    respond(rest_view(alice), user=alice)
    assert marks == [alice.pk]


async def test_an_async_request_is_marked_once(transactional_db, django_user_model, marks):
    alice = await django_user_model.objects.acreate(username="alice")
    await arespond(async_rest_view(alice), user=alice)
    assert marks == [alice.pk]


def test_a_user_who_signs_in_is_marked(alice):
    respond(rest_view(alice), user=AnonymousUser())
    assert presence.is_online([alice.pk]) == {alice.pk}


def test_a_user_who_signs_out_is_marked_once(alice, marks):
    respond(rest_view(AnonymousUser()), user=alice)
    assert marks == [alice.pk]


class Program:
    """An account that is not a user, such as an API client."""

    is_authenticated = True

    def __init__(self, pk):
        self.pk = pk


@pytest.mark.parametrize("user", [None, AnonymousUser(), "a token", Program(None), Program("x")])
def test_nobody_is_marked_for_a_visitor_or_a_program(user):
    assert respond(rest_view(user)).status_code == 200
    assert respond(lambda request: HttpResponse(), user=user).status_code == 200
    assert presence.online_count() == 0


def test_an_object_of_another_model_is_not_a_user(db):
    group = Group.objects.create(name="staff")
    group.is_authenticated = True
    respond(rest_view(group), user=group, auth=group)
    assert presence.online_count() == 0


def test_without_authentication_nobody_is_marked():
    assert respond(lambda request: HttpResponse()).status_code == 200
    assert presence.online_count() == 0


async def test_without_authentication_nobody_is_marked_asynchronously():
    async def view(request):
        return HttpResponse()

    assert (await arespond(view)).status_code == 200
    assert await asyncio.to_thread(presence.online_count) == 0


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.django_db(transaction=True)
async def test_a_user_who_appears_offline_is_not_marked(django_user_model, is_async):
    alice = await django_user_model.objects.acreate(username="alice", appears_offline=True)
    if is_async:
        await arespond(async_rest_view(alice))
    else:
        await asyncio.to_thread(respond, rest_view(alice))
    assert await presence.aonline_count() == 0
