"""The export of a room: a user queues it, a worker writes it, and the same user downloads it."""

import json
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone

from chat import tasks
from chat.models import Message
from chat.protocol import server_frames
from chat.services import editing, exports, memberships, rooms
from chat.storage import private_storage
from tasks.results import get
from tasks.testing import run_all
from tests.chat.factories import post_message

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    options = {**settings.STORAGES["chat"]["OPTIONS"], "location": tmp_path}
    settings.STORAGES = {
        **settings.STORAGES,
        "chat": {**settings.STORAGES["chat"], "OPTIONS": options},
    }
    cache.clear()
    return tmp_path


def start(client, room) -> str:
    response = client.post(reverse("chat:start_export", args=[room.pk]))
    assert response.status_code == 302
    return response.url


def content(response) -> dict:
    return json.loads(b"".join(response.streaming_content))


def test_all_messages_are_in_the_file(client, alice, bob, general, monkeypatch):
    monkeypatch.setattr(exports, "MESSAGES_PER_QUERY", 2)
    messages = [
        post_message(user, general, f"number {n}") for n, user in enumerate([alice, bob, alice])
    ]
    editing.delete(alice, messages[0].pk)
    client.force_login(bob)
    page = start(client, general)
    assert b"Waiting" in client.get(page).content
    run_all()
    assert b"All 3 messages" in client.get(page).content
    response = client.get(f"{page}file/")
    assert "attachment" in response["Content-Disposition"]
    assert 'filename="general.json"' in response["Content-Disposition"]
    exported = content(response)
    assert exported["room"] == {"id": general.pk, "name": "General"}
    rows = Message.objects.select_related("author").order_by("seq")
    assert exported["messages"] == [server_frames.message_data(row) for row in rows]
    assert exported["messages"][0]["deleted"]


def test_the_page_shows_the_progress(client, alice, general, monkeypatch):
    monkeypatch.setattr(exports, "MESSAGES_PER_QUERY", 2)
    for number in range(3):
        post_message(alice, general, f"number {number}")
    client.force_login(alice)
    page, seen, write = start(client, general), [], exports.write_chunk

    def read_page_and_write(*arguments, **options):
        seen.append(client.get(page, headers={"HX-Request": "true"}).content.decode())
        write(*arguments, **options)

    monkeypatch.setattr(exports, "write_chunk", read_page_and_write)
    run_all()
    first, second = seen
    assert "Waiting for a free worker" in first
    assert "2 of 3 messages" in second
    assert 'value="2" max="3"' in second
    assert "hx-trigger" in second


def test_an_empty_room_gives_an_empty_list(client, alice, general):
    client.force_login(alice)
    page = start(client, general)
    run_all()
    assert content(client.get(f"{page}file/"))["messages"] == []


def test_the_export_of_a_conversation_has_the_name_of_the_other_person(client, alice, bob):
    room = rooms.direct(alice, [bob.pk])
    client.force_login(alice)
    page = start(client, room)
    run_all()
    assert content(client.get(f"{page}file/"))["room"]["name"] == "Bob"


def test_the_fragment_polls_until_the_export_is_done(client, alice, general):
    client.force_login(alice)
    page = start(client, general)
    assert b"hx-trigger" in client.get(page, headers={"HX-Request": "true"}).content
    run_all()
    fragment = client.get(page, headers={"HX-Request": "true"}).content
    assert b"hx-trigger" not in fragment
    assert b"<html" not in fragment


def test_a_second_attempt_replaces_the_file_of_the_first(client, alice, general):
    client.force_login(alice)
    page = start(client, general)
    task_id = page.rstrip("/").rsplit("/", 1)[1]
    private_storage().save(exports.path_of(get(task_id)), ContentFile(b'{"room":'))
    run_all()
    assert content(client.get(f"{page}file/"))["messages"] == []


def test_only_the_latest_files_of_a_user_are_kept(client, alice, general):
    client.force_login(alice)
    pages = []
    for _ in range(exports.FILES_MAX + 1):
        pages.append(start(client, general))
        run_all()
    codes = [client.get(f"{page}file/").status_code for page in pages]
    assert codes == [404] + [200] * exports.FILES_MAX
    assert len(exports.files(exports.folder_of(str(alice.pk)))) == exports.FILES_MAX


def test_the_number_of_queued_exports_of_a_user_is_limited(client, alice, bob, general):
    client.force_login(alice)
    for _ in range(exports.UNFINISHED_MAX):
        start(client, general)
    refused = client.post(reverse("chat:start_export", args=[general.pk]))
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert "Try again when some of them have finished." in refused.text
    client.force_login(bob)
    start(client, general)
    run_all()
    client.force_login(alice)
    start(client, general)


def test_another_user_does_not_see_the_export(client, alice, bob, general):
    client.force_login(alice)
    page = start(client, general)
    run_all()
    client.force_login(bob)
    assert client.get(page).status_code == 404
    assert client.get(f"{page}file/").status_code == 404


def test_a_removed_member_does_not_see_the_export(client, alice, bob, den):
    memberships.invite(alice, den.pk, "bob")
    client.force_login(bob)
    page = start(client, den)
    run_all()
    memberships.remove(alice, den.pk, bob.pk)
    assert client.get(page).status_code == 404
    assert client.get(f"{page}file/").status_code == 404


def test_a_foreign_room_is_not_exported(client, bob, den):
    client.force_login(bob)
    assert client.post(reverse("chat:start_export", args=[den.pk])).status_code == 404


def test_a_get_request_starts_no_export(client, alice, general):
    client.force_login(alice)
    assert client.get(reverse("chat:start_export", args=[general.pk])).status_code == 405


def test_the_file_is_missing_until_the_export_is_done(client, alice, general):
    client.force_login(alice)
    page = start(client, general)
    assert client.get(f"{page}file/").status_code == 404
    run_all()


@pytest.mark.parametrize("task_id", ["nothing", "0", "x" * 300])
def test_an_unknown_export_returns_404(client, alice, general, task_id):
    client.force_login(alice)
    assert client.get(reverse("chat:export", args=[general.pk, task_id])).status_code == 404


def test_the_export_of_another_room_returns_404(client, alice, general, den):
    client.force_login(alice)
    task_id = start(client, general).rstrip("/").rsplit("/", 1)[1]
    assert client.get(reverse("chat:export", args=[den.pk, task_id])).status_code == 404
    run_all()


def test_the_404_page_links_back_to_the_chat_in_development_too(client, alice, general, settings):
    settings.DEBUG = True
    client.force_login(alice)
    response = client.get(reverse("chat:export", args=[general.pk, "nothing"]))
    assert response.status_code == 404
    assert b"Back to the chat" in response.content


def test_expired_files_are_deleted():
    exports.remove_expired()  # while the folder does not exist yet
    path = private_storage().save(f"{exports.FOLDER}/7/one.json", ContentFile(b"{}"))
    exports.remove_expired(timezone.now() + timedelta(days=exports.RETENTION_DAYS, seconds=-60))
    assert private_storage().exists(path)
    exports.remove_expired(timezone.now() + timedelta(days=exports.RETENTION_DAYS, seconds=60))
    assert not private_storage().exists(path)


def test_the_worker_deletes_expired_files(folder):
    tasks.remove_expired_exports.call()
    assert not list(folder.iterdir())


def test_files_are_private(client, alice, general, folder):
    client.force_login(alice)
    start(client, general)
    run_all()
    (file,) = folder.rglob("*.json")
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_a_project_without_the_storage_gets_a_folder_of_its_own(settings, tmp_path):
    settings.STORAGES = {name: s for name, s in settings.STORAGES.items() if name != "chat"}
    settings.BASE_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "media"
    private_storage().save("exports/a.json", ContentFile(b"{}"))
    assert [path.name for path in tmp_path.iterdir()] == ["chat-files"]


@pytest.mark.parametrize("owner", ["7", "..", "a/b", "é" * 200, "0190e0b2-7b3c-7000"])
def test_any_id_of_a_user_gives_a_folder(owner):
    path = private_storage().save(f"{exports.folder_of(owner)}/a.json", ContentFile(b"{}"))
    assert path.startswith("exports/")
