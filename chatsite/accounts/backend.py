from allauth.account import auth_backends

from chatsite.accounts.models import User

PERSON = "SELECT * FROM accounts_user WHERE id = %s"


class AuthenticationBackend(auth_backends.AuthenticationBackend):
    def get_user(self, user_id: int) -> User | None:
        """Every request does this, and to write this query takes the ORM longer than all else."""
        found = User.objects.raw(PERSON, [user_id])
        return next(filter(self.user_can_authenticate, found), None)
