"""A bot that says again what others say in a room: once each, whatever breaks in between.

    pip install websockets
    TOKEN=chat_… python echo_bot.py wss://chat.example.org 7

`since` is the version of the room up to which all is answered; a file keeps it while the bot is
away. Whatever came after it is answered, again if need be: the client_id of an answer is made of
the message that it answers, and the site keeps the first of one client_id.
"""

import json
import os
import sys
import time
import uuid
from pathlib import Path

from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus
from websockets.sync.client import connect

TRY_AGAIN = {"rate_limited", "unavailable"}
RECONNECT_SECONDS = 2


def echo(socket, room: int, memory: Path) -> None:
    latest = 0

    def hear(*kinds: str) -> dict:
        nonlocal latest
        while (frame := json.loads(socket.recv()))["type"] not in kinds:
            latest = max(latest, frame.get("version", 0))
        return frame

    def ask(kind: str, answer: str, **fields) -> dict:
        socket.send(json.dumps({"type": kind, "room": room, **fields}))
        while (frame := hear(answer, "error")).get("code") in TRY_AGAIN:
            time.sleep(frame.get("retry_after", 1))
            socket.send(json.dumps({"type": kind, "room": room, **fields}))
        return frame

    me = hear("hello")["user"]["id"]
    since = int(memory.read_text()) if memory.exists() else None
    while True:
        opened = ask("open", "opened", since=since)
        if opened["type"] == "error":
            sys.exit(opened["detail"])
        for message in opened["changes"]:
            if message["seq"] > since and message["author"] != me and not message["deleted"]:
                client_id = str(uuid.uuid5(uuid.NAMESPACE_OID, f"echo {message['id']}"))
                body = message["data"]["body"]
                ask("post", "posted", client_id=client_id, body=body, reply_to=message["id"])
        since = opened["head"]
        memory.write_text(str(since))
        while latest <= since:
            latest = hear("message")["version"]


def main(url: str, room: int) -> None:
    headers = {"Authorization": f"Bearer {os.environ['TOKEN']}"}
    while True:
        try:
            with connect(f"{url}/ws/?format=json", additional_headers=headers) as socket:
                echo(socket, room, Path(f"echo_bot.{room}"))
        except (OSError, ConnectionClosed, InvalidMessage) as error:
            print(error, file=sys.stderr)
        except InvalidStatus as refusal:
            if refusal.response.status_code < 500:
                sys.exit(refusal.response.body.decode())
        time.sleep(RECONNECT_SECONDS)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
