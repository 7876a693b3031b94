"""Posts that wait. People take turns, so that a person with many waiting posts does not delay the
others; the posts of one person keep their order."""

import asyncio
import concurrent.futures
from collections import deque
from dataclasses import dataclass
from typing import Any

from chat.services.posts import Post, PostResult

BATCH_POSTS = 256
BATCH_CHARACTERS = 256 * 1024  # long messages make smaller batches
PERSON_POSTS = 32  # of one person in a batch

Future = asyncio.Future[PostResult] | concurrent.futures.Future[PostResult]


@dataclass(slots=True, eq=False)
class WaitingPost:
    """`number` grows from post to post."""

    post: Post
    future: Future
    number: int

    def settle(self, result: PostResult | Exception) -> None:
        if self.future.done():  # nobody waits for it any more
            return
        if isinstance(result, Exception):
            self.future.set_exception(result)
        else:
            self.future.set_result(result)


class PostQueue:
    def __init__(self) -> None:
        self._posts: dict[Any, deque[WaitingPost]] = {}  # by person, whose turn is next first

    def __bool__(self) -> bool:
        return bool(self._posts)

    def count(self, user_id: Any) -> int:
        return len(self._posts.get(user_id, ()))

    def put(self, waiting: WaitingPost) -> None:
        self._posts.setdefault(waiting.post.user.pk, deque()).append(waiting)

    def put_back(self, batch: list[WaitingPost]) -> None:
        """Before the other posts of the same people."""
        for waiting in reversed(batch):
            self._posts.setdefault(waiting.post.user.pk, deque()).appendleft(waiting)

    def next_batch(self) -> list[WaitingPost]:
        """One post of each person in turn until the batch is full, in the order they came."""
        batch: list[WaitingPost] = []
        characters = 0
        turns = deque(self._posts)
        chosen = dict.fromkeys(turns, 0)
        while turns and len(batch) < BATCH_POSTS and characters < BATCH_CHARACTERS:
            user_id = turns.popleft()
            batch.append(self._posts[user_id].popleft())
            characters += batch[-1].post.size
            chosen[user_id] += 1
            if self._posts[user_id] and chosen[user_id] < PERSON_POSTS:
                turns.append(user_id)
        self._end_turns(chosen)
        return sorted(batch, key=lambda waiting: waiting.number)

    def _end_turns(self, chosen: dict[Any, int]) -> None:
        """Those who had a turn come last, in the next batch."""
        for user_id, count in chosen.items():
            if not self._posts[user_id]:
                del self._posts[user_id]
            elif count:
                self._posts[user_id] = self._posts.pop(user_id)

    def clear(self) -> list[WaitingPost]:
        """Removes everything that waits, and returns it."""
        found = [waiting for waitings in self._posts.values() for waiting in waitings]
        self._posts.clear()
        return found
