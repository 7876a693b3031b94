import contextlib

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model

from chat.services import memberships
from tests.chaos.person import Person
from tests.site import Site, session_of


@pytest.fixture
def two_webs(transactional_db, valkey):
    """Two web processes that use the Valkey of the test, which may be killed."""
    with Site(processes=2, REDIS_URL=valkey.url) as site:
        yield site


@pytest.fixture
def crowd(general):
    """`async with crowd(site, 5) as people` connects 5 members of general, to all processes."""

    @contextlib.asynccontextmanager
    async def gather(site: Site, count: int):
        async with contextlib.AsyncExitStack() as stack:
            people = []
            for number in range(count):
                session = await sync_to_async(add_member)(f"person{number}", general)
                url = site.webs[number % len(site.webs)].url
                people.append(await stack.enter_async_context(Person(url, session, general.pk)))
            yield people

    return gather


def add_member(name: str, room) -> str:
    user = get_user_model().objects.create_user(name)
    memberships.join(user, room.pk)
    return session_of(user)
