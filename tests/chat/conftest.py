import pytest

from chat import rooms


@pytest.fixture
def den(alice):
    """A private room of alice's alone."""
    return rooms.create(alice, "Den", private=True)


@pytest.fixture
def staff(django_user_model):
    """Staff, and in no room."""
    return django_user_model.objects.create_superuser("dora", password="password123")
