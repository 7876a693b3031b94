"""People are found by the names that others type."""

import pytest

from chat.exceptions import Invalid
from chat.services import people, rooms


@pytest.mark.parametrize(
    "typed", ["bob", "@bob", " Bob ", "bob ", "@BOB", "＠bob", " @ bob", "bob\n"]
)
def test_a_username_is_found_as_people_write_it(bob, typed):
    assert people.find(typed) == bob
    assert people.resolve_ids([], typed.replace("@ ", "@")) == {bob.pk}


@pytest.mark.parametrize("typed", ["", "@", "  ", "bo b", "@nobody", "bob@", "\x00"])
def test_an_unknown_username_is_refused(bob, typed):
    with pytest.raises(Invalid):
        people.find(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "bob, @charlie",
        "@bob @charlie",
        "bob;charlie",
        "bob、＠charlie",
        "bob；charlie",
        "bob؛charlie",
    ],
)
def test_several_usernames_are_found_in_one_text(bob, charlie, typed):
    assert people.resolve_ids([], typed) == {bob.pk, charlie.pk}


@pytest.mark.parametrize("typed", ["@charlie", " Charlie ", "charlie "])
def test_the_invite_form_accepts_a_username_as_people_write_it(
    client, alice, charlie, general, typed
):
    client.force_login(alice)
    answer = client.post(f"/rooms/{general.pk}/members/", {"username": typed})
    assert answer.status_code == 302
    assert rooms.get(charlie, general.pk).memberships.filter(user=charlie).exists()


@pytest.mark.parametrize("typed", ["@charlie", "＠Charlie", "@char"])
def test_searches_accept_a_username_with_an_at_sign(client, alice, charlie, typed):
    client.force_login(alice)
    for path in ("/people/", "/jump/"):
        assert "Charlie" in client.get(path, {"q": typed}).content.decode()


def test_names_that_begin_with_the_text_come_first(django_user_model, alice):
    for number in range(25):
        django_user_model.objects.create_user(f"a{number}", name=f"Gerald {number}")
    django_user_model.objects.create_user("z1", name="Big Alan")
    django_user_model.objects.create_user("z2", name="Alan")
    assert [person.username for person in people.search(alice, "al")][:2] == ["z2", "z1"]


def test_more_usernames_than_a_form_needs_are_refused(bob):
    names = ["bob"] * people.USERNAMES_MAX
    assert people.resolve_ids([], " ".join(names)) == {bob.pk}
    with pytest.raises(Invalid, match="at most 50"):
        people.resolve_ids([], " ".join([*names, "bob"]))
