"""Whatever is sent, the answer is one that the OpenAPI description has; schemathesis sends it."""

import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from chatsite.accounts.models import Token
from chatsite.wsgi import application

EXAMPLES_PER_CALL = 30

schema = schemathesis.openapi.from_wsgi("/api/openapi.json", application)


@pytest.fixture
def authorization(alice, bob, general):
    _, secret = Token.objects.issue(alice, "laptop", Token.Scope.WRITE)
    return {"Authorization": f"Bearer {secret}"}


@schema.parametrize()
@settings(
    max_examples=EXAMPLES_PER_CALL,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_every_answer_is_described(case, authorization):
    case.call_and_validate(headers=authorization)
