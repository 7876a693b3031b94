from uuid import uuid4

import pytest

from chat.exceptions import Forbidden, Invalid, TooLong
from chat.models import Membership, Message
from chat.services import editing, post_batch, posting
from chat.services.posts import Post, PostResult
from tests.chat.factories import head, post_message, post_of


def test_a_post_takes_the_rooms_next_number(alice, bob, general):
    first, second = post_message(alice, general), post_message(bob, general)
    assert (first.seq, first.version) == (1, 1)
    assert (second.seq, second.version) == (2, 2)
    assert head(general) == 2


def test_each_room_has_its_own_numbers(alice, general, den):
    post_message(alice, general)
    assert post_message(alice, den).seq == 1


def test_a_post_is_stored_with_its_html_and_reply(alice, general):
    client_id = uuid4()
    answered = post_message(alice, general, "First")
    posting.post(alice, general.pk, client_id, "See **this**", answered.pk)
    message = Message.objects.get(author=alice, client_id=client_id)
    assert message.body == "See **this**"
    assert message.html == "<p>See <strong>this</strong></p>"
    assert message.reply_to == answered
    assert not message.deleted


def test_a_second_post_with_the_same_client_id_returns_the_first(alice, general):
    client_id = uuid4()
    first = posting.post(alice, general.pk, client_id, "Hello")
    second = posting.post(alice, general.pk, client_id, "Hello")
    assert first.created
    assert not second.created
    assert second.message == first.message
    assert Message.objects.count() == head(general) == 1


def test_a_second_post_with_another_room_and_body_returns_the_first(alice, general, den):
    client_id = uuid4()
    first = posting.post(alice, general.pk, client_id, "Hello")
    assert posting.post(alice, den.pk, client_id, "Something else").message == first.message
    assert Message.objects.get().body == "Hello"
    assert head(den) == 0


def test_a_removed_member_still_gets_the_answer_to_an_earlier_post(alice, den):
    client_id = uuid4()
    first = posting.post(alice, den.pk, client_id, "Hello")
    Membership.objects.filter(user=alice, room=den).delete()
    again = posting.post(alice, den.pk, client_id, "Hello")
    assert (again.created, again.message) == (False, first.message)
    with pytest.raises(Forbidden):
        posting.post(alice, den.pk, uuid4(), "And this")


def test_a_second_post_does_not_join_a_room_that_was_left(alice, general):
    client_id = uuid4()
    posting.post(alice, general.pk, client_id, "Hello")
    Membership.objects.filter(user=alice, room=general).delete()
    assert not posting.post(alice, general.pk, client_id, "Hello").created
    assert not Membership.objects.filter(user=alice, room=general).exists()


def test_a_post_twice_in_a_batch_is_one_message(alice, general):
    post = post_of(alice, general)
    first, second = post_batch.write([post, post])
    assert (first.created, second.created) == (True, False)
    assert first.message is second.message
    assert head(general) == 1


def test_a_post_to_two_rooms_in_a_batch_goes_to_the_first(alice, general, den):
    client_id = uuid4()
    post_batch.write(
        [post_of(alice, general, client_id=client_id), post_of(alice, den, client_id=client_id)]
    )
    assert (head(general), head(den)) == (1, 0)


def test_two_authors_may_use_the_same_client_id(alice, bob, general):
    client_id = uuid4()
    post_batch.write([post_of(user, general, client_id=client_id) for user in (alice, bob)])
    assert set(Message.objects.values_list("author", "seq")) == {(alice.pk, 1), (bob.pk, 2)}


def test_a_batch_is_numbered_in_order_for_each_room(alice, bob, general, den):
    batch = [post_of(alice, general), post_of(alice, den), post_of(bob, general)]
    results = post_batch.write(batch)
    assert [(r.message.room_id, r.message.seq) for r in results] == [
        (general.pk, 1),
        (den.pk, 1),
        (general.pk, 2),
    ]
    assert (head(general), head(den)) == (2, 1)


def test_a_refused_post_does_not_affect_its_batch(alice, bob, general, den):
    batch = [post_of(alice, general), post_of(bob, den), post_of(bob, general)]
    good, refused, other = post_batch.write(batch)
    assert isinstance(refused, Forbidden)
    assert [good.message.seq, other.message.seq] == [1, 2]
    assert head(den) == 0


def test_posting_to_a_public_room_joins_it(charlie, general):
    post_message(charlie, general)
    membership = Membership.objects.get(user=charlie, room=general)
    assert not membership.is_owner


def test_a_refused_author_does_not_join_the_room(alice, charlie, general, den):
    elsewhere = post_message(alice, den)
    answer = Post(charlie, general.pk, uuid4(), "A reply", elsewhere.pk)
    good, refused = post_batch.write([post_of(alice, general), answer])
    assert good.created
    assert isinstance(refused, Forbidden)
    assert not Membership.objects.filter(room=general, user=charlie).exists()


def test_two_posts_of_a_batch_join_the_room_once(charlie, general):
    results = post_batch.write([post_of(charlie, general), post_of(charlie, general)])
    assert all(isinstance(result, PostResult) for result in results)
    assert Membership.objects.filter(user=charlie, room=general).count() == 1


def test_only_members_post_to_a_private_room(bob, den):
    with pytest.raises(Forbidden):
        post_message(bob, den)
    assert not Membership.objects.filter(user=bob, room=den).exists()


def test_posting_to_a_missing_room_is_forbidden(alice):
    with pytest.raises(Forbidden):
        posting.post(alice, 10**9, uuid4(), "Hello")


@pytest.mark.parametrize("body", ["", " ", "\n\n", " \t\r\n ", "\u3000", "\u2003\n"])
def test_a_blank_message_is_refused(alice, general, body):
    with pytest.raises(Invalid, match="Write something first"):
        post_message(alice, general, body)
    assert head(general) == 0


def test_a_message_has_at_most_4000_characters(alice, general):
    assert post_message(alice, general, "x" * 4000).body == "x" * 4000
    with pytest.raises(TooLong, match="4,000"):
        post_message(alice, general, "x" * 4001)


def test_the_limit_counts_characters_and_not_bytes(alice, general):
    assert post_message(alice, general, "🙂" * 4000).seq == 1


def test_blank_lines_around_a_message_are_removed(alice, general):
    assert post_message(alice, general, "\n\nHello\r\nyou  \n\n").body == "Hello\nyou"


@pytest.mark.parametrize("body", ["a\x00b", "a\ud800b", "\udfff"])
def test_a_body_that_is_not_text_is_refused(alice, general, body):
    with pytest.raises(Invalid, match="invalid characters"):
        post_message(alice, general, body)


def test_a_reply_to_a_message_outside_the_room_is_refused(alice, general, den):
    elsewhere = post_message(alice, den)
    with pytest.raises(Forbidden):
        post_message(alice, general, reply_to=elsewhere)
    with pytest.raises(Forbidden):
        posting.post(alice, general.pk, uuid4(), "Hello", reply_to=10**9)
    assert head(general) == 0


def test_a_deleted_message_may_be_answered(alice, general):
    answered = editing.delete(alice, post_message(alice, general).pk)
    assert post_message(alice, general, reply_to=answered).reply_to == answered
