"""Every response matches the OpenAPI description; schemathesis sends the requests."""

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from chatsite.accounts.models import Token
from chatsite.api import api
from chatsite.wsgi import application

EXAMPLES_PER_CALL = 30

# A blank message has the right type, and is refused all the same. A forged session next to a valid
# token changes nothing.
NOT_OURS = [positive_data_acceptance, ignored_auth]

schema = schemathesis.openapi.from_dict(api.get_openapi_schema())
schema.app = application


@pytest.fixture
def authorization(transactional_db, alice, bob, general, settings):
    settings.ALLOWED_HOSTS = ["localhost"]
    _, secret = Token.objects.issue(alice, "laptop", Token.Scope.WRITE)
    return {"Authorization": f"Bearer {secret}"}


@schema.parametrize()
@hypothesis.settings(
    max_examples=EXAMPLES_PER_CALL,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_every_response_is_described(case, authorization):
    case.call_and_validate(headers=authorization, excluded_checks=NOT_OURS)
