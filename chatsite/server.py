"""Serves pages and sockets: python -m chatsite.server --host 127.0.0.1 --port 8000"""

import argparse
import os
import sys

from chatsite.environment import check_settings
from chatsite.serving.uvicorn import debug_refusal, server


def main() -> None:
    parser = argparse.ArgumentParser(prog="chatsite.server", description="Serve pages and sockets.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
    check_settings()
    if refusal := debug_refusal(options.host):
        sys.exit(refusal)
    server(options.host, options.port).run()


if __name__ == "__main__":
    main()
