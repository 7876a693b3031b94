"""Writes the posts of one moment in one transaction.

While one batch is written, the next one is collected. So a single post is written immediately, and
many posts share the cost of a commit. Bodies with markup are rendered before, also in batches.
"""

import asyncio
import concurrent.futures
import logging
import time
from typing import Any

from django.db import DatabaseError, InterfaceError, InternalError, OperationalError
from django.utils.translation import gettext_lazy as _

from chat.exceptions import ChatError, Invalid, RateLimited, Unavailable
from chat.live import db_threads
from chat.live.post_queue import Future, PostQueue, WaitingPost
from chat.services import post_batch, posts
from chat.services.posts import Post, PostResult

WAITING_POSTS_MAX = 1000  # of one user
WAITING_SECONDS = 5  # after which a user with too many waiting posts can try again
POST_SECONDS = 30
RENDERING_SECONDS = 0.01
SPLITTING_SECONDS = 2  # how long a failed batch is split to find the post that fails

logger = logging.getLogger(__name__)


class PostBatcher:
    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.number = 0
        self.unrendered, self.rendered = PostQueue(), PostQueue()
        self.rendering: list[WaitingPost] = []  # the current batch
        self.renderer: asyncio.Task[None] | None = None
        self.writer: asyncio.Task[None] | None = None

    def submit(self, post: Post) -> "asyncio.Future[PostResult]":
        """Returns the future of the result; its exception is a ChatError. The posts of one user
        keep their order."""
        future: asyncio.Future[PostResult] = self.loop.create_future()
        self._add(post, future)
        return future

    def write(self, post: Post) -> PostResult:
        """Writes a post and waits for the result. Call it from another thread. Raises a
        ChatError."""
        future: concurrent.futures.Future[PostResult] = concurrent.futures.Future()
        self.loop.call_soon_threadsafe(self._add, post, future)
        try:
            return future.result(POST_SECONDS)
        except TimeoutError as error:  # the loop is blocked or has ended
            raise Unavailable from error

    async def drain(self) -> None:
        """Waits until all submitted posts are written."""
        while tasks := [task for task in (self.renderer, self.writer) if task and not task.done()]:
            await asyncio.wait(tasks)

    def _add(self, post: Post, future: Future) -> None:
        self.number += 1
        waiting = WaitingPost(post, future, self.number)
        user_id = post.user.pk
        if self.unrendered.count(user_id) + self.rendered.count(user_id) >= WAITING_POSTS_MAX:
            text = _("You are sending too fast. Wait a moment.")
            waiting.settle(RateLimited(text, WAITING_SECONDS))
        elif not self._is_rendering_for(user_id) and post.render_if_plain():
            self._put(waiting)
        else:
            self.unrendered.put(waiting)
            if not is_running(self.renderer):
                self.renderer = self.loop.create_task(self._render_all())

    def _is_rendering_for(self, user_id: Any) -> bool:
        is_in_batch = any(waiting.post.user.pk == user_id for waiting in self.rendering)
        return is_in_batch or self.unrendered.count(user_id) > 0

    async def _render_all(self) -> None:
        while batch := self.unrendered.next_batch():
            self.rendering = batch
            try:
                failures = await db_threads.run(render, [waiting.post for waiting in batch])
            except asyncio.CancelledError:
                self._fail_all(batch)
                raise
            finally:
                self.rendering = []
            self.unrendered.put_back(batch[len(failures) :])
            for waiting, failure in zip(batch, failures, strict=False):
                if failure is None:
                    self._put(waiting)
                else:
                    waiting.settle(failure)

    def _put(self, waiting: WaitingPost) -> None:
        self.rendered.put(waiting)
        if not is_running(self.writer):
            self.writer = self.loop.create_task(self._write_all())

    async def _write_all(self) -> None:
        while batch := self.rendered.next_batch():
            try:
                results = await self._write([waiting.post for waiting in batch])
            except asyncio.CancelledError:
                self._fail_all(batch)
                raise
            for waiting, result in zip(batch, results, strict=True):
                waiting.settle(result)

    def _fail_all(self, batch: list[WaitingPost]) -> None:
        """Fails all posts when the loop ends: a thread that waits for one would keep the process
        running."""
        for waiting in (*batch, *self.unrendered.clear(), *self.rendered.clear()):
            waiting.settle(Unavailable())

    async def _write(
        self, batch: list[Post], started: float | None = None
    ) -> list[PostResult | ChatError]:
        """Writes a batch. If it fails, tries its halves, so that an invalid post does not fail the
        others."""
        started = self.loop.time() if started is None else started
        try:
            return await db_threads.run_in_writer(post_batch.write, batch)
        except Exception as error:
            if len(batch) > 1 and self.loop.time() - started < SPLITTING_SECONDS:
                middle = len(batch) // 2
                return [
                    *await self._write(batch[:middle], started),
                    *await self._write(batch[middle:], started),
                ]
            return [refusal(error, len(batch))] * len(batch)


def render(batch: list[Post]) -> list[ChatError | None]:
    """Renders the first posts for about RENDERING_SECONDS. Returns None or an error for each of
    them."""
    deadline = time.perf_counter() + RENDERING_SECONDS
    failures: list[ChatError | None] = []
    people = mentionable_ids(batch)
    for post in batch:
        failures.append(render_one(post, people))
        if time.perf_counter() > deadline:
            break
    return failures


def mentionable_ids(batch: list[Post]) -> dict[str, int] | None:
    """Returns the users that the posts may mention; None if one query for all of them fails."""
    try:
        return db_threads.call(posts.mentionable_ids, [post.body for post in batch])
    except Exception:
        logger.exception("The mentions of a batch could not be read: each post is read separately")
        return None


def render_one(post: Post, people: dict[str, int] | None) -> ChatError | None:
    try:
        db_threads.call(posts.render, [post], people)
    except Exception as error:
        return refusal(error, 1)
    return None


def refusal(error: Exception, count: int) -> ChatError:
    """Logs an error of `count` posts and returns the ChatError for their authors. It asks an author
    to try again only if that may help."""
    if isinstance(error, DatabaseError | InterfaceError):
        logger.error("%d posts were refused: %s", count, error)
    else:
        logger.error("%d posts were refused", count, exc_info=error)
    if isinstance(error, OperationalError | InterfaceError | InternalError) or count > 1:
        return Unavailable()
    return Invalid(_("This message could not be saved. Change it, then send it again."))


def is_running(task: "asyncio.Task[None] | None") -> bool:
    return task is not None and not task.done()
