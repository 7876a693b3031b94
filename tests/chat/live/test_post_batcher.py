import asyncio
import threading
from uuid import uuid4

import pytest
from django.db import connection

from chat.exceptions import Forbidden, Unavailable
from chat.live.db_threads import run, run_in_writer, writer_pool
from chat.live.post_batcher import PostBatcher
from chat.live.post_queue import BATCH_POSTS
from chat.models import Message
from tests.chat.factories import head, post_of
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("transactional_db", "hub_stopped")


async def test_a_post_is_written(alice, general):
    written = await PostBatcher().submit(post_of(alice, general))
    assert (written.created, written.message.seq) == (True, 1)


async def test_concurrent_posts_keep_their_order(alice, bob, general):
    batcher = PostBatcher()
    futures = [
        batcher.submit(post_of((alice, bob)[n % 2], general)) for n in range(2 * BATCH_POSTS + 3)
    ]
    written = await asyncio.gather(*futures)
    assert [w.message.seq for w in written] == list(range(1, len(futures) + 1))
    assert await run(Message.objects.count) == len(futures)


async def test_a_refused_post_does_not_affect_the_others(alice, bob, general, den):
    batcher = PostBatcher()
    futures = [batcher.submit(post_of(bob, room)) for room in (general, den, general)]
    good, refused, other = await asyncio.gather(*futures, return_exceptions=True)
    assert isinstance(refused, Forbidden)
    assert (good.message.seq, other.message.seq) == (1, 2)


async def test_the_same_post_fifty_times_is_one_message(alice, general):
    batcher, client_id = PostBatcher(), uuid4()
    futures = [batcher.submit(post_of(alice, general, client_id=client_id)) for _ in range(50)]
    written = await asyncio.gather(*futures)
    assert {w.message.pk for w in written} == {(await run(Message.objects.get)).pk}
    assert sum(w.created for w in written) == 1


async def test_drain_writes_all_posts(alice, general):
    batcher = PostBatcher()
    futures = [batcher.submit(post_of(alice, general)) for _ in range(BATCH_POSTS + 1)]
    await batcher.drain()
    assert all(future.done() for future in futures)
    assert await run(head, general) == len(futures)


async def test_drain_returns_if_no_post_waits():
    await PostBatcher().drain()


async def test_a_cancelled_post_does_not_stop_the_others(alice, general):
    batcher = PostBatcher()
    cancelled, other = [batcher.submit(post_of(alice, general)) for _ in range(2)]
    cancelled.cancel()
    assert (await other).message.seq == 2


async def test_a_deleted_author_does_not_stop_the_others(alice, bob, general, django_user_model):
    batcher = PostBatcher()
    await run(django_user_model.objects.filter(pk=bob.pk).delete)
    futures = [batcher.submit(post_of(user, general)) for user in (alice, bob, alice)]
    good, refused, other = await asyncio.gather(*futures, return_exceptions=True)
    assert isinstance(refused, Forbidden)
    assert (good.message.seq, other.message.seq) == (1, 2)


def refuse_writes() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA query_only = ON")
        else:
            cursor.execute("SET default_transaction_read_only = on")


async def test_a_batch_that_the_database_refuses_is_unavailable(alice, general, caplog):
    batcher = PostBatcher()
    await run_in_writer(refuse_writes)
    with pytest.raises(Unavailable):
        await batcher.submit(post_of(alice, general))
    assert "1 posts were refused" in caplog.text
    assert (await batcher.submit(post_of(alice, general))).message.seq == 1


async def test_other_threads_submit_posts(alice, general):
    batcher = PostBatcher()
    posts = [post_of(alice, general) for _ in range(20)]
    written = await asyncio.gather(*(asyncio.to_thread(batcher.write, post) for post in posts))
    assert sorted(w.message.seq for w in written) == list(range(1, len(posts) + 1))


async def test_a_refusal_reaches_another_thread(bob, den):
    with pytest.raises(Forbidden):
        await asyncio.to_thread(PostBatcher().write, post_of(bob, den))


def test_a_thread_waits_for_a_limited_time(alice, general, monkeypatch):
    monkeypatch.setattr("chat.live.post_batcher.POST_SECONDS", 0.05)
    loop = asyncio.new_event_loop()  # which does not run

    async def make() -> PostBatcher:
        return PostBatcher()

    batcher = loop.run_until_complete(make())
    with pytest.raises(Unavailable):
        batcher.write(post_of(alice, general))
    loop.run_until_complete(asyncio.sleep(0))
    loop.run_until_complete(batcher.drain())
    loop.close()


async def test_a_loop_that_ends_releases_the_threads_that_wait(alice, general):
    batcher, other_write_finished = PostBatcher(), threading.Event()
    writer_pool.submit(other_write_finished.wait)
    first = asyncio.create_task(asyncio.to_thread(batcher.write, post_of(alice, general)))
    await until(lambda: batcher.writer and not batcher.rendered)
    second = asyncio.create_task(asyncio.to_thread(batcher.write, post_of(alice, general)))
    await until(lambda: batcher.rendered)
    batcher.writer.cancel()
    refused = await asyncio.wait_for(asyncio.gather(first, second, return_exceptions=True), 10)
    other_write_finished.set()
    assert [type(refusal) for refusal in refused] == [Unavailable, Unavailable]
