"""Programs at a pseudo-terminal, and how they end."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pexpect

__all__ = ["ended", "hang_up"]


def ended(child: Any) -> tuple[int, Any]:
    """Return a program's exit code and everything that was shown since it was last looked at."""
    child.expect(pexpect.EOF)
    shown = child.before
    # The terminal is closed some time before a busy machine has ended the program.
    child.wait()
    child.close()
    return child.exitstatus if child.exitstatus is not None else -child.signalstatus, shown


def hang_up(child: Any) -> None:
    """End a program by closing its terminal, or by force."""
    # One that has not ended a tenth of a second after it was killed is an error to Pexpect.
    with suppress(pexpect.ExceptionPexpect):
        child.close(force=True)
    child.wait()
