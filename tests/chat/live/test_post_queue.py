"""The order in which posts are written. No test here uses the database."""

from types import SimpleNamespace
from uuid import uuid4

from chat.live.post_queue import BATCH_CHARACTERS, BATCH_POSTS, PERSON_POSTS, PostQueue, WaitingPost
from chat.services.posts import Post


class Queue(PostQueue):
    """A queue whose posts are named by their bodies."""

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


def test_an_empty_queue_gives_an_empty_batch():
    assert Queue().next() == []


def test_a_new_author_is_in_the_next_batch_behind_any_backlog():
    queue = Queue()
    queue.add(1, *bodies("a", 600))
    queue.next()
    queue.add(2, "b")
    assert "b" in queue.next()


def test_the_share_of_one_author_in_a_batch_is_limited():
    queue = Queue()
    queue.add(1, *bodies("a", 600))
    assert queue.next() == bodies("a", PERSON_POSTS)


def test_a_batch_keeps_the_order_of_arrival():
    queue = Queue()
    for n in range(4):
        queue.add(1, f"a{n}")
        queue.add(2, f"b{n}")
    assert queue.next() == ["a0", "b0", "a1", "b1", "a2", "b2", "a3", "b3"]


def test_posts_of_an_author_keep_their_order_over_batches():
    queue = Queue()
    queue.add(1, *bodies("a", 100))
    found = []
    while batch := queue.next():
        found += batch
    assert found == bodies("a", 100)


def test_authors_left_out_of_a_full_batch_come_first_in_the_next():
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


def test_a_post_longer_than_a_batch_is_still_written():
    queue = Queue()
    queue.add(1, "long", html="x" * (BATCH_CHARACTERS * 2))
    assert queue.next() == ["long"]


def test_an_author_without_waiting_posts_is_forgotten():
    queue = Queue()
    queue.add(1, *bodies("a", 3))
    queue.next()
    assert not queue._posts


def test_clear_returns_all_waiting_posts():
    queue = Queue()
    queue.add(1, "a", "b")
    queue.add(2, "c")
    assert {waiting.post.body for waiting in queue.clear()} == {"a", "b", "c"}
    assert queue.next() == []


def test_posts_put_back_come_before_later_posts_of_their_author():
    queue = Queue()
    queue.add(1, *bodies("a", 40))
    batch = queue.next_batch()
    queue.put_back(batch[1:])
    assert queue.next() == bodies("a", 33)[1:]
