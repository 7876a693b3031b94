"""Which posts are written next. Nothing here touches the database."""

from types import SimpleNamespace
from uuid import uuid4

from chat.live.post_queue import BATCH_CHARACTERS, BATCH_POSTS, PERSON_POSTS, PostQueue, WaitingPost
from chat.services.posts import Post


class Queue(PostQueue):
    """Posts are called by their bodies."""

    number = 0

    def add(self, user_id: int, *bodies: str, html: str = "<p>Hi</p>") -> None:
        for body in bodies:
            post = Post(SimpleNamespace(pk=user_id), 1, uuid4(), body, html=html)
            self.number += 1
            self.put(WaitingPost(post, None, self.number))

    def next(self) -> list[str]:
        return [waiting.post.body for waiting in self.next_batch()]


def bodies(letter: str, count: int) -> list[str]:
    return [f"{letter}{number}" for number in range(count)]


def test_nothing_waits():
    assert Queue().next() == []


def test_somebody_new_is_in_the_next_batch_whoever_waits_with_how_many():
    queue = Queue()
    queue.add(1, *bodies("a", 600))
    queue.next()
    queue.add(2, "b")
    assert "b" in queue.next()


def test_one_persons_part_of_a_batch_is_small():
    queue = Queue()
    queue.add(1, *bodies("a", 600))
    assert queue.next() == bodies("a", PERSON_POSTS)


def test_a_batch_is_in_the_order_in_which_the_posts_came():
    queue = Queue()
    for n in range(4):
        queue.add(1, f"a{n}")
        queue.add(2, f"b{n}")
    assert queue.next() == ["a0", "b0", "a1", "b1", "a2", "b2", "a3", "b3"]


def test_a_persons_posts_keep_their_order_over_batches():
    queue = Queue()
    queue.add(1, *bodies("a", 100))
    found = []
    while batch := queue.next():
        found += batch
    assert found == bodies("a", 100)


def test_a_crowd_fills_a_batch_and_those_left_out_come_first():
    queue = Queue()
    for user in range(BATCH_POSTS + 10):
        queue.add(user, f"first of {user}", f"second of {user}")
    first, second = queue.next(), queue.next()
    assert first == [f"first of {user}" for user in range(BATCH_POSTS)]
    assert {f"first of {user}" for user in range(BATCH_POSTS, BATCH_POSTS + 10)} <= set(second)


def test_long_messages_make_a_smaller_batch():
    queue = Queue()
    for user in range(20):
        queue.add(user, f"of {user}", html="x" * (BATCH_CHARACTERS // 4))
    assert len(queue.next()) == 4


def test_one_that_is_too_long_for_a_batch_is_written_all_the_same():
    queue = Queue()
    queue.add(1, "long", html="x" * (BATCH_CHARACTERS * 2))
    assert queue.next() == ["long"]


def test_nobody_is_remembered_once_nothing_of_theirs_waits():
    queue = Queue()
    queue.add(1, *bodies("a", 3))
    queue.next()
    assert not queue._posts


def test_all_that_waits_is_given_back():
    queue = Queue()
    queue.add(1, "a", "b")
    queue.add(2, "c")
    assert {waiting.post.body for waiting in queue.clear()} == {"a", "b", "c"}
    assert queue.next() == []


def test_what_is_put_back_comes_before_the_others_of_the_same_person():
    queue = Queue()
    queue.add(1, *bodies("a", 40))
    batch = queue.next_batch()
    queue.put_back(batch[1:])
    assert queue.next() == bodies("a", 33)[1:]
