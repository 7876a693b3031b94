"""Pytest plugin: gives this process and all processes that tests start the defaults of a shell.

A background job may ignore SIGINT, nohup ignores SIGHUP, and the process that starts the tests may
block signals or have another umask. Children inherit these, and tests send them signals.
"""

import os
import signal

IGNORED_IN_A_SHELL = {signal.SIGPIPE, signal.SIGXFSZ}  # by Python itself

for number in signal.valid_signals() - IGNORED_IN_A_SHELL:
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, signal.SIG_DFL)
if signal.getsignal(signal.SIGINT) == signal.SIG_DFL:
    signal.signal(signal.SIGINT, signal.default_int_handler)
signal.pthread_sigmask(signal.SIG_SETMASK, [])
os.umask(0o022)
