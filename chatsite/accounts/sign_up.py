from allauth.account.views import SignupView
from django.http import HttpResponse

from chatsite.accounts import usernames
from chatsite.accounts.exceptions import NameTaken
from chatsite.accounts.forms import SignUpForm

RETRIES_MAX = usernames.ENDINGS  # after that, the username has random digits


class SignUpView(SignupView):
    def form_valid(self, form: SignUpForm) -> HttpResponse:
        """Creates the account. If somebody has just taken one of the names, validates the form
        again: it makes another username, or has an error for the name that was typed."""
        for _ in range(RETRIES_MAX):
            try:
                return super().form_valid(form)
            except NameTaken:
                form.full_clean()
                if form.errors:
                    return self.form_invalid(form)
        return super().form_valid(form)
