import contextlib
import os
import signal
import socket
import sys
from typing import Any

from django.core.management import CommandError
from django.core.management.commands import runserver
from django.utils import autoreload

from chatsite.dev import embedded_valkey
from chatsite.serving import uvicorn


class Command(runserver.Command):
    help = "Serves pages, sockets and static files, and restarts when the code changes."

    addr: str
    port: str
    use_ipv6: bool

    def run(self, **options: Any) -> None:
        if refusal := uvicorn.debug_refusal(self.addr):
            raise CommandError(refusal)
        if os.environ.get(autoreload.DJANGO_AUTORELOAD_ENV) == "true":  # the reloader's child
            super().run(**options)
            return
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        self.refuse_taken_port()
        with embedded_valkey.running():
            super().run(**options)

    def inner_run(self, *args: Any, **options: Any) -> None:
        autoreload.raise_last_exception()
        if not options["skip_checks"]:
            self.stdout.write("Performing system checks...\n\n")
            self.check(display_num_errors=True)
        self.check_migrations()
        self.on_bind(int(self.port))
        with contextlib.suppress(KeyboardInterrupt):
            uvicorn.serve(self.addr, int(self.port), access_log=True)

    def refuse_taken_port(self) -> None:
        family = socket.AF_INET6 if self.use_ipv6 else socket.AF_INET
        try:
            socket.create_server((self.addr, int(self.port)), family=family).close()
        except OSError as error:
            raise CommandError(error.strerror) from error
