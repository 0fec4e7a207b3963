"""Starts a command that dies with the runner, even if the runner is killed with SIGKILL (Linux).

`dies_with_us` wraps a command so that it is started through this very file, run as a program:
`python -I -S launch.py <pid of the runner> <command> [arguments]`.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

PR_SET_PDEATHSIG = 1


def dies_with_us(command: Sequence[str]) -> list[str]:
    """Wrap a command for a child process that is to end when this process does, however that ends."""
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *command]


def main() -> None:
    """Ask the kernel for a signal when the parent ends, then become the command."""
    runner, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != runner:  # it ended before we could ask
            sys.exit(1)
    try:
        os.execvp(command[0], command)
    except OSError as fault:
        sys.exit(f"cannot start {command[0]}: {fault.strerror}")


if __name__ == "__main__":
    main()
