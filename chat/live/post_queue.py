"""Queues posts. Users take turns, so that a user with many posts does not delay the others. The
posts of one user keep their order."""

import asyncio
import concurrent.futures
from collections import deque
from dataclasses import dataclass
from typing import Any

from chat.services.posts import Post, PostResult

BATCH_POSTS = 256
BATCH_CHARACTERS = 256 * 1024  # long messages make smaller batches
PERSON_POSTS = 32  # of one user in a batch

Future = asyncio.Future[PostResult] | concurrent.futures.Future[PostResult]


@dataclass(slots=True, eq=False)
class WaitingPost:
    """A post and the future of its result. `number` increases with each post."""

    post: Post
    future: Future
    number: int

    def settle(self, result: PostResult | Exception) -> None:
        if self.future.done():  # the sender no longer waits
            return
        if isinstance(result, Exception):
            self.future.set_exception(result)
        else:
            self.future.set_result(result)


class PostQueue:
    def __init__(self) -> None:
        self._posts: dict[Any, deque[WaitingPost]] = {}  # by user id, in the order of turns

    def __bool__(self) -> bool:
        return bool(self._posts)

    def count(self, user_id: Any) -> int:
        return len(self._posts.get(user_id, ()))

    def put(self, waiting: WaitingPost) -> None:
        self._posts.setdefault(waiting.post.user.pk, deque()).append(waiting)

    def put_back(self, batch: list[WaitingPost]) -> None:
        """Puts posts back before the other posts of the same users."""
        for waiting in reversed(batch):
            self._posts.setdefault(waiting.post.user.pk, deque()).appendleft(waiting)

    def next_batch(self) -> list[WaitingPost]:
        """Takes one post of each user in turn until the batch is full. Returns them in their order
        of arrival."""
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
        """Moves the users who had a turn to the end of the order."""
        for user_id, count in chosen.items():
            if not self._posts[user_id]:
                del self._posts[user_id]
            elif count:
                self._posts[user_id] = self._posts.pop(user_id)

    def clear(self) -> list[WaitingPost]:
        """Removes all posts and returns them."""
        found = [waiting for waitings in self._posts.values() for waiting in waitings]
        self._posts.clear()
        return found
