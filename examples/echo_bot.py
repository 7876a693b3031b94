"""Repeats each message of a room once: TOKEN=chat_… python echo_bot.py wss://site 7

A file keeps the number of the last change that is answered completely. The bot answers all later
messages again after a restart. The client_id of an answer depends only on the message, so the site
stores each answer once."""

import asyncio
import json
import os
import sys
import uuid
from contextlib import suppress
from pathlib import Path

from websockets import ConnectionClosed, connect

URL, ROOM = f"{sys.argv[1]}/ws/?format=json", int(sys.argv[2])
TOKEN, ANSWERED = os.environ["TOKEN"], Path(f"echo_bot.{ROOM}")


async def ask(socket, answer: str, **frame) -> dict:
    await socket.send(json.dumps({"room": ROOM, **frame}))
    while (got := json.loads(await socket.recv()))["type"] not in (answer, "error"):
        pass
    if got["type"] == answer:
        return got
    if got["code"] not in ("rate_limited", "unavailable"):
        sys.exit(got["detail"])
    await asyncio.sleep(got.get("retry_after", 1))
    return await ask(socket, answer, **frame)


async def echo(socket) -> None:
    me = json.loads(await socket.recv())["user"]["id"]  # hello is the first frame
    since = int(ANSWERED.read_text()) if ANSWERED.exists() else None
    while True:
        opened = await ask(socket, "opened", type="open", since=since)
        for message in opened["changes"]:
            if message["seq"] > since and message["author"] != me and not message["deleted"]:
                client_id = str(uuid.uuid5(uuid.NAMESPACE_OID, f"echo {message['id']}"))
                post = {"body": message["data"]["body"], "reply_to": message["id"]}
                await ask(socket, "posted", type="post", client_id=client_id, **post)
        if opened["head"] == since:
            await ask(socket, "message", type="ping")  # waits until the room changes
        since = opened["head"]
        save(since)


def save(since: int) -> None:
    whole = Path(f"{ANSWERED}.new")
    whole.write_text(str(since))
    whole.replace(ANSWERED)  # in one step, so that no restart finds half a number


async def main() -> None:
    async for socket in connect(URL, additional_headers={"Authorization": f"Bearer {TOKEN}"}):
        with suppress(ConnectionClosed):  # connect reconnects automatically
            await echo(socket)


asyncio.run(main())
