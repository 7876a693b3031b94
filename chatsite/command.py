"""The command `chatsite`: `chatsite run` as `make run` does, and every command of manage.py."""

import os
import sys

from django.core.management import execute_from_command_line

from chatsite.environment import read_settings


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
    if sys.argv[1:] == ["run"]:
        from chatsite import run  # not for the other commands

        run.main()
        return
    read_settings()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
