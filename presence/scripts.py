"""Runs Lua files in Redis. Their first lines describe their arguments, and each call is a list:
the number of keys, the keys, the other arguments.

Scripts are used in place of transactions: those of redis-py's asynchronous cluster run in an event
loop of their own, and leave its connections behind.
"""

from hashlib import sha1
from pathlib import Path
from typing import Any

from redis.exceptions import NoScriptError

from presence.connection import aclient, client


class Script:
    def __init__(self, path: Path) -> None:
        self.text = path.read_text()
        self.sha = sha1(self.text.encode(), usedforsecurity=False).hexdigest()

    def run(self, calls: list[list]) -> list:
        """Returns the result of each call, in one round trip."""
        redis = client()
        try:
            if len(calls) == 1:  # the usual case; a pipeline would be slower
                return [redis.evalsha(self.sha, *calls[0])]
            return self._add(redis.pipeline(transaction=False), calls).execute()
        except NoScriptError:
            redis.script_load(self.text)
            return self.run(calls)

    async def arun(self, calls: list[list]) -> list:
        redis = aclient()
        try:
            if len(calls) == 1:
                return [await redis.evalsha(self.sha, *calls[0])]
            return await self._add(redis.pipeline(transaction=False), calls).execute()
        except NoScriptError:
            await redis.script_load(self.text)
            return await self.arun(calls)

    def _add(self, pipeline: Any, calls: list[list]) -> Any:
        for call in calls:
            # The pipeline of a cluster has no evalsha().
            pipeline.execute_command("EVALSHA", self.sha, *call)
        return pipeline
