"""People sign up at the same moment: each form is valid before any account is created."""

import threading
from functools import partial

import pytest
from django.db import IntegrityError
from django.test import Client

from chatsite.accounts.adapter import AccountAdapter
from chatsite.accounts.exceptions import NameTaken
from chatsite.accounts.models import User
from chatsite.accounts.sign_up import RETRIES_MAX
from tests.chat.concurrency import WAIT_SECONDS, run_concurrently

from .conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

NAME_ERROR = "Somebody has this name already"
USERNAME_ERROR = "That username is taken. Choose another one."


@pytest.fixture
def sign_up_together(monkeypatch):
    """sign_up_together(form, …) returns the responses, which are in the order of the forms."""

    def sign_up_together(*forms):
        barrier = threading.Barrier(len(forms))
        monkeypatch.setattr(AccountAdapter, "new_user", waiting_at(barrier))
        return run_concurrently([partial(sign_up, form) for form in forms])

    return sign_up_together


def waiting_at(barrier):
    """Returns `AccountAdapter.new_user`, which waits once in each thread. It is called between the
    validation and the save."""
    waited = threading.local()

    def new_user(self, request):
        if not hasattr(waited, "once"):
            waited.once = True
            barrier.wait(WAIT_SECONDS)
        return User()

    return new_user


def sign_up(form):
    return Client().post("/accounts/signup/", {"password1": PASSWORD, **form})


def usernames():
    return sorted(User.objects.values_list("username", flat=True))


@pytest.mark.parametrize(
    ("names", "made"),
    [
        (["Ana!", "Ana?"], ["ana", "ana2"]),
        (["Zoé", "Zoë"], ["zoe", "zoe2"]),
        (["李明", "黎明", "立明"], ["liming", "liming2", "liming3"]),
        (["👍", "👍🏽"], ["thumbsup", "thumbsup2"]),
        (["★", "☆"], ["member", "member2"]),
        (["x" * 59 + "y", "x" * 60], ["x" * 24, "x" * 24 + "2"]),
    ],
)
def test_each_gets_a_username_of_their_own(sign_up_together, names, made):
    responses = sign_up_together(*({"name": name} for name in names))
    assert [response.headers.get("Location") for response in responses] == ["/"] * len(names)
    assert usernames() == made
    assert set(User.objects.values_list("name", flat=True)) == set(names)


def test_many_get_usernames_made_from_one_word(sign_up_together):
    responses = sign_up_together(*({"name": "Ana" + "!" * number} for number in range(1, 9)))
    assert {response.status_code for response in responses} == {302}
    assert usernames() == ["ana", *(f"ana{number}" for number in range(2, 9))]


def test_a_username_that_is_made_avoids_one_that_was_typed(sign_up_together):
    forms = {"name": "李明"}, {"name": "Someone", "username": "liming"}
    made, typed = sign_up_together(*forms)
    assert made.status_code == 302
    if typed.status_code == 302:
        assert usernames() == ["liming", "liming2"]
    else:
        assert USERNAME_ERROR in typed.text
        assert usernames() == ["liming"]


def test_only_one_gets_a_username_that_both_typed(sign_up_together):
    forms = [{"name": name, "username": "charlie"} for name in ("Anton", "Berta")]
    refused = the_refused(sign_up_together(*forms))
    assert USERNAME_ERROR in refused.text
    assert 'value="charlie"' in refused.text
    assert NAME_ERROR not in refused.text
    assert usernames() == ["charlie"]


@pytest.mark.parametrize("names", [("Ana", "Ana"), ("Ana", "ANA"), ("李明", "李明"), ("🏺", "🏺")])
def test_only_one_gets_a_display_name(sign_up_together, names):
    refused = the_refused(sign_up_together(*({"name": name} for name in names)))
    assert NAME_ERROR in refused.text
    assert USERNAME_ERROR not in refused.text
    assert any(f'value="{name}"' in refused.text for name in names)
    assert 'name="username" value=' not in refused.text
    assert User.objects.count() == 1


def the_refused(responses):
    """Returns the form of the only person who did not get an account."""
    (refused,) = (response for response in responses if response.status_code == 200)
    return refused


def test_an_error_that_stays_is_raised(client, monkeypatch):
    """Another error than a taken name is not retried forever."""
    tries = []

    def new_user(self, request):
        tries.append(request)
        return User(appears_offline=None)

    monkeypatch.setattr(AccountAdapter, "new_user", new_user)
    with pytest.raises(NameTaken) as raised:
        client.post("/accounts/signup/", {"name": "Ana", "password1": PASSWORD})
    assert isinstance(raised.value.__cause__, IntegrityError)
    assert len(tries) == RETRIES_MAX + 1
