import contextlib
import os
import signal
import socket
import sys
import threading
from typing import Any

from django.core.management import CommandError
from django.core.management.commands import runserver
from django.utils import autoreload

from chatsite.dev import embedded_valkey
from chatsite.serving import uvicorn


class Command(runserver.Command):
    help = "Serves pages, sockets and static files, and restarts when the code changes."

    thread: threading.Thread | None = None  # in which inner_run serves
    server: uvicorn.Server
    addr: str
    port: str
    use_ipv6: bool

    def run(self, **options: Any) -> None:
        if refusal := uvicorn.debug_refusal(self.addr):
            raise CommandError(refusal)
        if os.environ.get(autoreload.DJANGO_AUTORELOAD_ENV) == "true":  # the reloader's child
            try:
                super().run(**options)
            finally:
                self.end_server()
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
        self.server = uvicorn.server(self.addr, int(self.port), access_log=True)
        self.thread = threading.current_thread()
        with contextlib.suppress(KeyboardInterrupt):
            self.server.run()

    def end_server(self) -> None:
        """Stops the server before the reloader's child exits: a thread that serves while the
        interpreter ends can crash it, and the reloader would not start the next child."""
        if self.thread is not None and self.thread is not threading.current_thread():
            self.server.stop()
            self.thread.join(2 * uvicorn.STOP_SECONDS)

    def refuse_taken_port(self) -> None:
        family = socket.AF_INET6 if self.use_ipv6 else socket.AF_INET
        try:
            socket.create_server((self.addr, int(self.port)), family=family).close()
        except OSError as error:
            raise CommandError(error.strerror) from error
