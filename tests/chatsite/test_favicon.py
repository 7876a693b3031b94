from django.contrib.staticfiles import finders


def test_who_asks_for_the_icon_by_its_old_name_gets_it(client):
    location = client.get("/favicon.ico").headers["Location"]
    assert finders.find(location.removeprefix("/static/"))
