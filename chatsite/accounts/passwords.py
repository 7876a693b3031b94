from django.contrib.auth.password_validation import MinimumLengthValidator
from django.utils.translation import ngettext


class MinimumLength(MinimumLengthValidator):
    """Django's own, with a sentence that is translated into every language of the site."""

    def get_error_message(self) -> str:
        text = ngettext(
            "Use at least %(number)d character.",
            "Use at least %(number)d characters.",
            self.min_length,
        )
        return text % {"number": self.min_length}
