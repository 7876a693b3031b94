"""`make run`: runs an embedded Valkey, migrations, demo data, then the Procfile until Ctrl-C."""

import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from types import FrameType

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import OperationalError, connections

from chatsite.dev import embedded_valkey, procfile
from chatsite.dev.procfile import ProcessGroup
from chatsite.environment import check_settings, read_settings

PACKAGE = Path(__file__).parent
# Beside the package in a checkout, and inside it in a wheel.
PROCFILE = next(p for p in (PACKAGE.parent / "Procfile", PACKAGE / "Procfile") if p.exists())
DEFAULT_PORT = "8000"
POLL_SECONDS = 0.1
STOPPED = "Stopped before it was up."

stopping = threading.Event()


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
    handle_signals()
    read_settings()
    try:
        ended = run()
    except (CommandError, ImproperlyConfigured, OperationalError, RuntimeError) as error:
        sys.exit(f"Chatsite did not start: {error}")
    if ended:
        sys.exit(f"The process {ended} ended, so everything was stopped.")


def handle_signals() -> None:
    """Handles signals, also in a background job, which ignores Ctrl-C, and if the parent process
    blocked signals."""
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, stop)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # as under nohup
        signal.signal(signal.SIGHUP, stop)  # the terminal was closed
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})


def stop(signum: int, frame: FrameType | None) -> None:
    if not stopping.is_set():
        stopping.set()
        sys.exit(STOPPED)


def run() -> str:
    """Returns the name of the process that ended without a signal, or "" after a signal."""
    os.chdir(settings.BASE_DIR)
    port = web_port()
    with embedded_valkey.running() as valkey:
        prepare()
        processes = ProcessGroup()
        if valkey and valkey.process:
            processes.watch("valkey", valkey.process)
        try:
            return run_processes(processes, port)
        finally:
            processes.stop()


def run_processes(processes: ProcessGroup, port: int) -> str:
    commands = procfile.parse(PROCFILE.read_text())
    try:
        for name, command in commands.items():
            processes.start(name, command, process_environment(port))
        threading.Thread(target=announce, args=[port], daemon=True).start()
        return processes.wait()
    except SystemExit:  # a signal
        return ""


def web_port() -> int:
    """Returns the port. Raises CommandError if nothing can listen on it."""
    value = os.environ.get("PORT") or DEFAULT_PORT
    try:
        port = int(value)
        if port == 0:
            raise ValueError
        socket.create_server(("127.0.0.1", port)).close()
    except (ValueError, OverflowError) as error:
        raise CommandError(f"PORT={value} is not a port number.") from error
    except OSError as error:
        raise CommandError(
            f"port {value}: {os.strerror(error.errno or 0)}. Choose another one: PORT=8001 make run"
        ) from error
    return port


def prepare() -> None:
    check_settings()
    call_command("migrate", interactive=False, verbosity=0)
    if settings.DEBUG:
        call_command("demo", if_empty=True)
    else:
        call_command("collectstatic", interactive=False, verbosity=0)
    connections.close_all()
    if stopping.is_set():  # the handler's exception can get lost, as in a callback of an import
        sys.exit(STOPPED)


def process_environment(port: int) -> dict[str, str]:
    bin_folder = str(Path(sys.executable).parent)
    return {
        **os.environ,
        "PATH": bin_folder + os.pathsep + os.environ.get("PATH", os.defpath),
        "PORT": str(port),
        "PYTHONUNBUFFERED": "1",
        "DJANGO_RUNSERVER_HIDE_WARNING": "true",
    }


def announce(port: int) -> None:
    while not is_port_taken(port):
        time.sleep(POLL_SECONDS)
    print(f"\n  {settings.SITE_NAME} is at http://localhost:{port}/", flush=True)
    if settings.DEBUG:
        print("  Sign in as pablo, joe, mary, alex or admin, password: password123", flush=True)
    print("  Ctrl-C stops everything.\n", flush=True)


def is_port_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


if __name__ == "__main__":
    main()
