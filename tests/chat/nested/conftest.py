import pytest

from tests.chat.nested import badges as app


@pytest.fixture
def badges():
    app.install()
    yield app
    app.remove()
