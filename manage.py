#!/usr/bin/env python
import sys

if __name__ == "__main__":
    try:
        from chatsite.command import main
    except ImportError as error:
        if error.name != "django":
            raise
        sys.exit("Django is not installed here: run `make run`, or activate .venv first.")
    main()
