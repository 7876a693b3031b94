import pytest

import presence

pytestmark = pytest.mark.django_db


def figures(response) -> dict[str, float]:
    lines = response.content.decode().splitlines()
    return {
        name: float(value)
        for name, value in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    }


def test_it_has_the_process_and_the_site_in_figures(client, alice):
    presence.mark_online(alice.pk)
    response = client.get("/metrics")
    assert response["Content-Type"].startswith("text/plain")
    assert figures(response)["chatsite_people_online"] == 1
    assert figures(response)["process_resident_memory_bytes"] > 0


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_it_is_for_this_machine(client, address):
    assert client.get("/metrics", REMOTE_ADDR=address).status_code == 200


def test_others_are_refused(client):
    assert client.get("/metrics", REMOTE_ADDR="10.1.2.3").status_code == 403


def test_others_who_come_through_a_proxy_on_this_machine_are_refused(client):
    response = client.get("/metrics", headers={"x-forwarded-for": "127.0.0.1"})
    assert response.status_code == 403


def test_networks_can_be_allowed(client, settings):
    settings.METRICS_ALLOWED_IPS = ["10.0.0.0/8"]
    assert client.get("/metrics", REMOTE_ADDR="10.1.2.3").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="127.0.0.1").status_code == 403
