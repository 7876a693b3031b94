"""Pytest plugin: this process, and so every process that a test starts, begins as in a shell.

A background job may ignore SIGINT, nohup ignores SIGHUP, and whoever starts the tests may block
signals or have another umask. Children inherit all of that, and tests send them signals.
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
