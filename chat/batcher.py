"""What is posted to this process in one moment becomes one transaction.

While one batch is being written the next collects, so that a lone post waits for nobody and a crowd
shares the cost of a commit.
"""

import asyncio
import concurrent.futures
import logging

from django.db import Error as DatabaseFailure
from django.db import IntegrityError

from chat import threads
from chat.exceptions import ChatError, Unavailable
from chat.posts import Post, Written, write

BATCH_POSTS = 256
POST_SECONDS = 30

Future = asyncio.Future[Written] | concurrent.futures.Future[Written]
Waiting = list[tuple[Post, Future]]

logger = logging.getLogger(__name__)


class Batcher:
    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.waiting: Waiting = []
        self.writer: asyncio.Task[None] | None = None

    def submit(self, post: Post) -> "asyncio.Future[Written]":
        """The future's error is a ChatError. Posts are written in the order they came."""
        future: asyncio.Future[Written] = self.loop.create_future()
        self._take(post, future)
        return future

    def post(self, post: Post) -> Written:
        """From another thread, which waits. Raises a ChatError."""
        written: concurrent.futures.Future[Written] = concurrent.futures.Future()
        self.loop.call_soon_threadsafe(self._take, post, written)
        try:
            return written.result(POST_SECONDS)
        except TimeoutError as error:  # the loop is held up, or has ended
            raise Unavailable from error

    def _take(self, post: Post, future: Future) -> None:
        self.waiting.append((post, future))
        if self.writer is None or self.writer.done():
            self.writer = self.loop.create_task(self._write_all())

    async def drain(self) -> None:
        """Returns when all that was submitted is written."""
        if self.writer is not None:
            await self.writer

    async def _write_all(self) -> None:
        while self.waiting:
            batch, self.waiting = self.waiting[:BATCH_POSTS], self.waiting[BATCH_POSTS:]
            try:
                results = await self._write([post for post, _ in batch])
            except asyncio.CancelledError:
                self._give_up(batch)
                raise
            for (_, future), result in zip(batch, results, strict=True):
                if future.done():
                    continue
                if isinstance(result, ChatError):
                    future.set_exception(result)
                else:
                    future.set_result(result)

    def _give_up(self, batch: Waiting) -> None:
        """The loop ends. A thread that waits would keep the process from ending too."""
        for _, future in (*batch, *self.waiting):
            if not future.done():
                future.set_exception(Unavailable())

    async def _write(self, posts: list[Post]) -> list[Written | ChatError]:
        try:
            return await threads.write(write, posts)
        except IntegrityError as error:
            if len(posts) > 1:  # one is at fault, whose author was deleted: the others go on
                return [result for post in posts for result in await self._write([post])]
            logger.error("A post was refused: %s", error)
        except DatabaseFailure as error:
            logger.error("%d posts were refused: %s", len(posts), error)
        except Exception:
            logger.exception("%d posts were refused", len(posts))
        return [Unavailable() for _ in posts]
