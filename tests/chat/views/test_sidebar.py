from chat.services.room_list import Person, RoomSummary
from chat.views import sidebar


def card(**fields):
    defaults = {
        "id": 7, "kind": "public", "name": "General", "topic": "", "head": 9, "last_read_seq": 9,
        "unread": 0, "draft": "", "is_owner": False,
    }  # fmt: skip
    return RoomSummary(**{**defaults, **fields})


BOB = Person(9, "bob", "<Bob>")


def test_rooms_and_conversations_are_listed_apart():
    cards = [card(), card(id=8, kind="direct", name="<Bob>", people=[BOB])]
    assert "General" in sidebar.rooms_html(cards, None)
    assert "Bob" not in sidebar.rooms_html(cards, None)
    assert "General" not in sidebar.direct_html(cards, None)
    assert 'data-person="9"' in sidebar.direct_html(cards, None)


def test_names_are_escaped():
    cards = [card(name="<script>"), card(kind="direct", name="<Bob>", people=[BOB])]
    for html in (sidebar.rooms_html(cards, None), sidebar.direct_html(cards, None)):
        assert "<script" not in html
        assert "<Bob" not in html


def test_unread_messages_are_counted_up_to_a_hundred():
    assert "badge" not in sidebar.rooms_html([card()], None)
    assert ">3<" in sidebar.rooms_html([card(unread=3)], None)
    assert ">99+<" in sidebar.rooms_html([card(unread=100)], None)


def test_who_is_named_sees_it_at_the_room():
    html = sidebar.rooms_html([card(unread=3, mentions=1)], None)
    assert 'class="mention"' in html
    assert "naming you" in html
    assert "naming you" not in sidebar.rooms_html([card(unread=3)], None)
    assert 'class="mention"' not in sidebar.rooms_html([card(unread=3, mentions=1)], 7)


def test_a_draft_is_told_of_where_one_is_not():
    html = sidebar.rooms_html([card(draft="Well,")], None)
    assert "#pencil" in html
    assert "Well" not in html
    assert "#pencil" not in sidebar.rooms_html([card(draft="Well,")], 7)
    assert "#pencil" not in sidebar.rooms_html([card()], None)


def test_the_open_room_has_nothing_unread():
    html = sidebar.rooms_html([card(unread=3)], 7)
    assert "badge" not in html
    assert 'aria-current="page"' in html


def test_icons_tell_the_kinds_apart():
    assert "#hash" in sidebar.rooms_html([card()], None)
    assert "#lock" in sidebar.rooms_html([card(kind="private")], None)
    group = card(kind="direct", people=[BOB, Person(10, "charlie", "Charlie")])
    assert "#people" in sidebar.direct_html([group], None)
    alone = card(kind="direct", name="", people=[])
    assert "Nobody" in sidebar.direct_html([alone], None)
