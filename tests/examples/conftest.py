import pytest

from chatsite.accounts.models import Token


@pytest.fixture
def token_of():
    """Returns token_of(user), which returns the secret of a token to read and write."""
    return lambda user: Token.objects.issue(user, "program", Token.Scope.WRITE)[1]
