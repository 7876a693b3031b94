import pytest

from chatsite.accounts.models import Token


@pytest.fixture
def token_of():
    """token_of(user) answers the secret of a token to read and write."""
    return lambda user: Token.objects.issue(user, "program", Token.Scope.WRITE)[1]
