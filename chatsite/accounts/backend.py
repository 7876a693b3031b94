from allauth.account import auth_backends

from chatsite.accounts.models import User


class AuthenticationBackend(auth_backends.AuthenticationBackend):
    def user_can_authenticate(self, user: User | None) -> bool:
        return user is not None and user.can_sign_in

    def get_user(self, user_id: int) -> User | None:
        user = User.objects.by_id(user_id)
        return user if self.user_can_authenticate(user) else None
