from chat import rooms
from tests.chat.saying import say


def test_ones_rooms_by_name(alice, bob, general, den):
    direct = rooms.direct(alice, [bob.pk])
    rooms.create(alice, "attic")
    rooms.create(bob, "Bob's")
    cards = rooms.sidebar(alice)
    assert [card.name for card in cards] == ["attic", "Bob", "Den", "General"]
    assert [card.id for card in cards][1:] == [direct.pk, den.pk, general.pk]
    assert [card.kind for card in cards] == ["public", "direct", "private", "public"]


def test_what_a_card_tells(alice, bob, general):
    say(alice, general)
    say(alice, general)
    rooms.mark_read(bob, general.pk, 1)
    rooms.save_draft(bob, general.pk, "Well, ")
    (card,) = rooms.sidebar(bob)
    assert (card.head, card.read, card.unread, card.draft) == (2, 1, 1, "Well, ")
    assert not card.is_owner
    assert rooms.sidebar(alice)[0].is_owner


def test_a_conversation_is_named_after_the_others_in_it(alice, bob, charlie):
    rooms.direct(alice, [bob.pk, charlie.pk])
    (card,) = rooms.sidebar(bob)
    assert card.name == "Alice, Charlie"
    assert card.people == [
        rooms.Person(alice.pk, "alice", "Alice"),
        rooms.Person(charlie.pk, "charlie", "Charlie"),
    ]


def test_two_queries_whatever_the_number_of_rooms(
    alice, bob, charlie, django_user_model, django_assert_num_queries
):
    def fill(numbers: range) -> None:
        for n in numbers:
            say(bob, rooms.join(bob, rooms.create(alice, f"Room {n}").pk))
            guest = django_user_model.objects.create_user(f"guest{n}")
            rooms.direct(alice, [guest.pk])

    for numbers in (range(2), range(2, 20)):
        fill(numbers)
        with django_assert_num_queries(2):
            assert len(rooms.sidebar(alice)) == 2 * numbers.stop


def test_nobody_has_no_rooms(charlie, general, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert rooms.sidebar(charlie) == []


def test_as_hello_has_them(alice, bob, general, django_assert_num_queries):
    direct = rooms.direct(alice, [bob.pk])
    say(alice, general)
    with django_assert_num_queries(1):
        described = {room["id"]: room for room in rooms.described_for(bob)}
    assert described[general.pk] == {
        "id": general.pk,
        "kind": "public",
        "name": "General",
        "head": 1,
        "read": 0,
        "unread": 1,
    }
    assert described[direct.pk]["people"] == [alice.pk, bob.pk]
