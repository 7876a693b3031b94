#!/usr/bin/env python
import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
    try:
        from django.core.management import execute_from_command_line

        from chatsite.environment import read_settings
    except ImportError:
        sys.exit("Django is not installed here: run `make run`, or activate .venv first.")
    read_settings()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
