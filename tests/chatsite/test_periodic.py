"""The periodic tasks of the site."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.module_loading import autodiscover_modules

import presence
from chatsite import tasks
from presence.models import LastSeen, Sample
from tasks.api import task_backends
from tasks.queue_task import periodic
from tasks.testing import run_all

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def empty_queue():
    task_backends["default"].broker.client.flushdb()


def test_presence_is_recorded_every_minute(alice, nobody_online):
    presence.mark_online(alice.pk)
    tasks.record_presence.enqueue()
    run_all()
    assert LastSeen.objects.get().user == alice
    assert Sample.objects.get().people == 1


def test_each_task_has_its_schedule():
    autodiscover_modules("tasks")  # as the worker does
    crons = {task.func.__name__: task.cron for task in periodic.values()}
    assert crons["record_presence"] == "* * * * *"
    assert crons["clean_up"] == "20 3 * * *"
    assert crons["delete_left_over_rooms"] == "40 * * * *"
    assert crons["remove_expired_exports"] == "20 3 * * *"


def test_expired_sessions_are_deleted_at_night(client, alice, bob):
    client.force_login(alice)
    client.force_login(bob)
    Session.objects.filter(session_key=client.session.session_key).update(
        expire_date=timezone.now() - timedelta(seconds=1)
    )
    assert Session.objects.count() == 1
    tasks.clean_up.call()
    assert not Session.objects.exists()
