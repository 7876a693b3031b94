import pytest

import presence
from chatsite.jobs import add

pytestmark = pytest.mark.django_db


def samples(response) -> dict[str, float]:
    lines = response.content.decode().splitlines()
    return {
        name: float(value)
        for name, value in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    }


def test_metrics_of_the_process_and_the_site(client, alice):
    before = samples(client.get("/metrics"))
    presence.mark_online(alice.pk)
    add.enqueue(1, 2)
    response = client.get("/metrics")
    assert response["Content-Type"].startswith("text/plain")
    after = samples(response)
    assert after["process_resident_memory_bytes"] > 0
    assert after["chatsite_sockets"] == 0
    assert after["chatsite_people_online"] == presence.online_count() > 0
    waiting = 'tasks_depth{queue="default",state="waiting"}'
    assert after[waiting] == before[waiting] + 1
    assert after['tasks_done_total{queue="default"}'] >= 0


def test_metrics_are_served_while_redis_is_down(client, redis_down):
    assert samples(client.get("/metrics"))["chatsite_people_online"] == 0


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_this_machine_may_read_metrics(client, address):
    assert client.get("/metrics", REMOTE_ADDR=address).status_code == 200


def test_other_machines_are_refused(client):
    assert client.get("/metrics", REMOTE_ADDR="10.1.2.3").status_code == 403


def test_clients_of_a_local_proxy_are_refused(client):
    response = client.get("/metrics", headers={"x-forwarded-for": "127.0.0.1"})
    assert response.status_code == 403


def test_networks_can_be_allowed(client, settings):
    settings.METRICS_ALLOWED_IPS = ["10.0.0.0/8"]
    assert client.get("/metrics", REMOTE_ADDR="10.1.2.3").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="127.0.0.1").status_code == 403
