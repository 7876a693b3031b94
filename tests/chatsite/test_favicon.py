from django.contrib.staticfiles import finders


def test_the_old_address_of_the_icon_works(client):
    location = client.get("/favicon.ico").headers["Location"]
    assert finders.find(location.removeprefix("/static/"))
