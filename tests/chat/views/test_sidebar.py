from chat.services.room_list import Person, RoomSummary
from chat.views import sidebar


def summary(**fields):
    defaults = {
        "id": 7, "kind": "public", "name": "General", "topic": "", "head": 9, "last_read_seq": 9,
        "unread": 0, "draft": "", "is_owner": False,
    }  # fmt: skip
    return RoomSummary(**{**defaults, **fields})


BOB = Person(9, "bob", "<Bob>")


def test_rooms_and_conversations_are_separate_lists():
    summaries = [summary(), summary(id=8, kind="direct", name="<Bob>", people=[BOB])]
    assert "General" in sidebar.rooms_html(summaries, None)
    assert "Bob" not in sidebar.rooms_html(summaries, None)
    assert "General" not in sidebar.direct_html(summaries, None)
    assert 'data-person="9"' in sidebar.direct_html(summaries, None)


def test_names_are_escaped():
    summaries = [summary(name="<script>"), summary(kind="direct", name="<Bob>", people=[BOB])]
    for html in (sidebar.rooms_html(summaries, None), sidebar.direct_html(summaries, None)):
        assert "<script" not in html
        assert "<Bob" not in html


def test_the_unread_badge_stops_at_99():
    assert "badge" not in sidebar.rooms_html([summary()], None)
    assert ">3<" in sidebar.rooms_html([summary(unread=3)], None)
    assert ">99+<" in sidebar.rooms_html([summary(unread=100)], None)


def test_a_new_room_is_marked_until_it_is_open():
    assert ">New<" in sidebar.rooms_html([summary(is_new=True)], None)
    assert ">New<" not in sidebar.rooms_html([summary(is_new=True)], 7)
    assert ">New<" not in sidebar.rooms_html([summary()], None)


def test_a_room_with_an_unread_mention_is_marked():
    html = sidebar.rooms_html([summary(unread=3, mentions=1)], None)
    assert 'class="mention"' in html
    assert "mentioning you" in html
    assert "mentioning you" not in sidebar.rooms_html([summary(unread=3)], None)
    assert 'class="mention"' not in sidebar.rooms_html([summary(unread=3, mentions=1)], 7)


def test_a_draft_is_marked_unless_the_room_is_open():
    html = sidebar.rooms_html([summary(draft="Well,")], None)
    assert "#pencil" in html
    assert "Well" not in html
    assert "#pencil" not in sidebar.rooms_html([summary(draft="Well,")], 7)
    assert "#pencil" not in sidebar.rooms_html([summary()], None)


def test_the_open_room_has_no_badge():
    html = sidebar.rooms_html([summary(unread=3)], 7)
    assert "badge" not in html
    assert 'aria-current="page"' in html


def test_each_kind_of_room_has_its_icon():
    assert "#hash" in sidebar.rooms_html([summary()], None)
    assert "#lock" in sidebar.rooms_html([summary(kind="private")], None)
    group = summary(kind="direct", people=[BOB, Person(10, "charlie", "Charlie")])
    assert "#people" in sidebar.direct_html([group], None)
    alone = summary(kind="direct", name="", people=[])
    assert "Nobody" in sidebar.direct_html([alone], None)


def test_a_favourite_has_its_position():
    html = sidebar.links([summary(favourite_position=0), summary(id=8)], None, None)
    assert 'data-room="7" data-unread="0" data-favourite="0"' in html
    assert html.count("data-favourite") == 1
