from allauth.account import auth_backends
from django.http import HttpRequest

from chatsite.accounts.models import User


class AuthenticationBackend(auth_backends.AuthenticationBackend):
    def user_can_authenticate(self, user: User | None) -> bool:
        return user is not None and user.can_sign_in

    def _authenticate(self, request: HttpRequest | None, **credentials: str) -> User | None:
        """Checks exactly one password, so that every name and address takes the same time."""
        login = credentials.get("username") or credentials.get("email") or ""
        return self._check_password(User.objects.by_login(login), credentials["password"])

    def get_user(self, user_id: int) -> User | None:
        user = User.objects.by_id(user_id)
        return user if self.user_can_authenticate(user) else None
