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


def test_rooms_count_for_themselves(alice, general, den):
    post_message(alice, general)
    assert post_message(alice, den).seq == 1


def test_what_is_written_is_in_the_database(alice, general):
    client_id = uuid4()
    answered = post_message(alice, general, "First")
    posting.post(alice, general.pk, client_id, "See **this**", answered.pk)
    message = Message.objects.get(author=alice, client_id=client_id)
    assert message.body == "See **this**"
    assert message.html == "<p>See <strong>this</strong></p>"
    assert message.reply_to == answered
    assert not message.deleted


def test_posted_twice_it_is_one_message(alice, general):
    client_id = uuid4()
    first = posting.post(alice, general.pk, client_id, "Hello")
    second = posting.post(alice, general.pk, client_id, "Hello")
    assert first.created
    assert not second.created
    assert second.message == first.message
    assert Message.objects.count() == head(general) == 1


def test_a_repeated_post_answers_the_first_whatever_it_says_now(alice, general, den):
    client_id = uuid4()
    first = posting.post(alice, general.pk, client_id, "Hello")
    assert posting.post(alice, den.pk, client_id, "Something else").message == first.message
    assert Message.objects.get().body == "Hello"
    assert head(den) == 0


def test_who_may_not_post_any_more_is_told_of_what_they_posted(alice, den):
    client_id = uuid4()
    first = posting.post(alice, den.pk, client_id, "Hello")
    Membership.objects.filter(user=alice, room=den).delete()
    again = posting.post(alice, den.pk, client_id, "Hello")
    assert (again.created, again.message) == (False, first.message)
    with pytest.raises(Forbidden):
        posting.post(alice, den.pk, uuid4(), "And this")


def test_a_repeated_post_does_not_join_the_room_that_was_left(alice, general):
    client_id = uuid4()
    posting.post(alice, general.pk, client_id, "Hello")
    Membership.objects.filter(user=alice, room=general).delete()
    assert not posting.post(alice, general.pk, client_id, "Hello").created
    assert not Membership.objects.filter(user=alice, room=general).exists()


def test_posted_twice_in_one_batch_it_is_one_message(alice, general):
    post = post_of(alice, general)
    first, second = post_batch.write([post, post])
    assert (first.created, second.created) == (True, False)
    assert first.message is second.message
    assert head(general) == 1


def test_posted_to_two_rooms_in_one_batch_the_first_room_has_it(alice, general, den):
    client_id = uuid4()
    post_batch.write(
        [post_of(alice, general, client_id=client_id), post_of(alice, den, client_id=client_id)]
    )
    assert (head(general), head(den)) == (1, 0)


def test_one_client_id_of_two_authors_is_two_messages(alice, bob, general):
    client_id = uuid4()
    post_batch.write([post_of(user, general, client_id=client_id) for user in (alice, bob)])
    assert set(Message.objects.values_list("author", "seq")) == {(alice.pk, 1), (bob.pk, 2)}


def test_a_batch_is_numbered_in_its_order_in_each_room(alice, bob, general, den):
    batch = [post_of(alice, general), post_of(alice, den), post_of(bob, general)]
    results = post_batch.write(batch)
    assert [(r.message.room_id, r.message.seq) for r in results] == [
        (general.pk, 1),
        (den.pk, 1),
        (general.pk, 2),
    ]
    assert (head(general), head(den)) == (2, 1)


def test_a_refused_post_leaves_the_rest_of_its_batch_be(alice, bob, general, den):
    batch = [post_of(alice, general), post_of(bob, den), post_of(bob, general)]
    good, refused, other = post_batch.write(batch)
    assert isinstance(refused, Forbidden)
    assert [good.message.seq, other.message.seq] == [1, 2]
    assert head(den) == 0


def test_whoever_posts_to_a_public_room_joins_it(charlie, general):
    post_message(charlie, general)
    membership = Membership.objects.get(user=charlie, room=general)
    assert not membership.is_owner


def test_whoever_is_refused_does_not_join(alice, charlie, general, den):
    elsewhere = post_message(alice, den)
    answer = Post(charlie, general.pk, uuid4(), "An answer", elsewhere.pk)
    good, refused = post_batch.write([post_of(alice, general), answer])
    assert good.created
    assert isinstance(refused, Forbidden)
    assert not Membership.objects.filter(room=general, user=charlie).exists()


def test_joining_by_two_posts_of_a_batch_is_joining_once(charlie, general):
    results = post_batch.write([post_of(charlie, general), post_of(charlie, general)])
    assert all(isinstance(result, PostResult) for result in results)
    assert Membership.objects.filter(user=charlie, room=general).count() == 1


def test_a_private_room_is_for_its_members(bob, den):
    with pytest.raises(Forbidden):
        post_message(bob, den)
    assert not Membership.objects.filter(user=bob, room=den).exists()


def test_a_room_that_does_not_exist(alice):
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


def test_characters_are_counted_and_not_bytes(alice, general):
    assert post_message(alice, general, "🙂" * 4000).seq == 1


def test_blank_lines_around_a_message_do_not_count(alice, general):
    assert post_message(alice, general, "\n\nHello\r\nyou  \n\n").body == "Hello\nyou"


@pytest.mark.parametrize("body", ["a\x00b", "a\ud800b", "\udfff"])
def test_what_is_not_text_is_refused(alice, general, body):
    with pytest.raises(Invalid, match="text"):
        post_message(alice, general, body)


def test_an_answer_belongs_to_the_room_of_what_it_answers(alice, general, den):
    elsewhere = post_message(alice, den)
    with pytest.raises(Forbidden):
        post_message(alice, general, reply_to=elsewhere)
    with pytest.raises(Forbidden):
        posting.post(alice, general.pk, uuid4(), "Hello", reply_to=10**9)
    assert head(general) == 0


def test_an_answer_to_what_is_deleted_is_still_an_answer(alice, general):
    answered = editing.delete(alice, post_message(alice, general).pk)
    assert post_message(alice, general, reply_to=answered).reply_to == answered
