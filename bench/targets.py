"""The measured servers, ours and peers, and how a message of another process reaches each."""

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from bench import site

PEERS = Path(__file__).parent / "peers"
UVICORN = (sys.executable, "-m", "uvicorn", "--port", "{port}", "--log-level", "warning")
USUAL = (*UVICORN, "bench.peers.usual.sockets:application")
USUAL_PAGES = (*site.WSGI, "bench.peers.usual.pages:application")
USUAL_SETTINGS = {"DJANGO_SETTINGS_MODULE": "bench.peers.usual.settings"}
USUAL_CONNECTIONS = 10_000
USUAL_CAPACITY = 1_000_000  # of the list layer, which drops messages beyond it


@dataclass
class Target:
    name: str
    command: tuple[str, ...]
    publish: Callable[[dict], Awaitable[None]]  # as server_frames.change
    environment: dict[str, str]


def targets(room) -> list[Target]:
    found = [Target("chatsite", site.SERVER, lambda change: to_hub(room, change), {})]
    for name, publish in {"pubsub": to_pubsub, "list": to_list}.items():
        environment = {**USUAL_SETTINGS, "LAYER": name}
        found.append(Target(f"channels, {name} layer", USUAL, publish, environment))
    if shutil.which("node") and (PEERS / "node" / "node_modules").exists():
        command = ("node", str(PEERS / "node" / "server.js"), "{port}")
        found.append(Target("node ws + Redis", command, to_node, {}))
    return found


def create_usual_table() -> None:
    """Creates the table of posts of the usual chat in the site's database."""
    command = [sys.executable, "-m", "bench.peers.usual.table"]
    subprocess.run(command, env={**os.environ, **USUAL_SETTINGS}, check=True)


async def to_hub(room, change: dict) -> None:
    """Publishes a change as another process of the site does."""
    publisher().publish({"kind": "changes", "room": room.pk, "changes": [change]})


@functools.cache
def publisher():
    from chat.events.publisher import Publisher

    return Publisher(origin="bench")


async def to_pubsub(change: dict) -> None:
    await to_group(layer("channels_redis.pubsub.RedisPubSubChannelLayer"), change)


async def to_list(change: dict) -> None:
    await to_group(layer("channels_redis.core.RedisChannelLayer"), change)


async def to_group(layer, change: dict) -> None:
    message = {"type": "chat.message", "text": change["html"].decode()}
    await layer.group_send("room", message)


@functools.cache
def layer(path: str):
    from django.utils.module_loading import import_string

    host = {"address": os.environ["REDIS_URL"], "max_connections": USUAL_CONNECTIONS}
    return import_string(path)(hosts=[host], capacity=USUAL_CAPACITY)


async def to_node(change: dict) -> None:
    await redis().publish("room", change["html"])


@functools.cache
def redis():
    from redis.asyncio import Redis

    return Redis.from_url(os.environ["REDIS_URL"])
