"""`wt.list --watch`: the list, refreshed on a screen of its own until `q`."""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from ... import interruption
from ...errors import BadUse, WorktreeTasksError
from . import standard_streams
from .refreshed_table import Screen, live_on_terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ...configuration.worktree_result import Listing

__all__ = ["check", "watch"]

_INTERVAL = 2.0
_TICK = 0.1


def check(*, json: bool) -> None:
    """Check that there is a terminal to watch on.

    Raises:
        BadUse: There is none, it cannot be overwritten, or a JSON document is wanted.
    """
    if json:
        raise BadUse(
            "--watch and --json cannot be used together", "leave one of them out", kind="watch-impossible"
        )
    if not all(map(standard_streams.is_terminal, (sys.stdin, sys.stdout))):
        raise BadUse(
            "--watch needs a terminal", "leave it out: wt.list shows the same once", kind="watch-impossible"
        )
    if standard_streams.is_plain():
        raise BadUse(
            "--watch overwrites the screen, which --plain rules out",
            "leave one of them out: wt.list shows the same once",
            kind="watch-impossible",
        )
    if os.environ.get("TERM") in (None, "", "dumb", "unknown"):
        raise BadUse(
            f"--watch cannot redraw a terminal with TERM={os.environ.get('TERM', '')!r}",
            "leave it out: wt.list shows the same once",
            kind="watch-impossible",
        )


def watch(look: Callable[[], Sequence[Listing]], *, projects: bool) -> Sequence[Listing]:
    """Show what `look` returns, every two seconds, until `q` or Ctrl-C; then restore the terminal.

    Args:
        look: Returns the listings; called in a thread.
        projects: Whether to show each worktree's project.

    Returns:
        What was shown last.

    Raises:
        WorktreeTasksError: The first look failed; later failures are only shown.
    """
    looker = _Looker(look, look())
    live = live_on_terminal(Screen(looker.found, "", projects=projects), screen=True, auto_refresh=False)
    console = live.console
    try:
        with ExitStack() as opened:
            # A terminal that is only half set up would not be restored.
            with interruption.deferred():
                key = opened.enter_context(_keys())
                opened.enter_context(live)
                opened.callback(looker.stop)
                looker.start()
            shown, size = 0, console.size
            while key() not in ("q", "Q", ""):
                if (looker.count, console.size) != (shown, size):
                    shown, size = looker.count, console.size
                    live.update(Screen(looker.found, looker.trouble, projects=projects), refresh=True)
                looker.raise_bug()
    except KeyboardInterrupt:
        if interruption.happened() == signal.SIGTERM:
            raise
    return looker.found


class _Looker(threading.Thread):
    """Looks every two seconds, and keeps the last result."""

    def __init__(self, look: Callable[[], Sequence[Listing]], found: Sequence[Listing]) -> None:
        super().__init__(daemon=True)
        self._look = look
        self._ended = threading.Event()
        self._bug: Exception | None = None
        self.found = found
        self.trouble = ""
        self.count = 0

    def run(self) -> None:
        while not self._ended.wait(_INTERVAL):
            try:
                self.found, self.trouble = self._look(), ""
            except WorktreeTasksError as error:
                self.trouble = error.what
            except KeyboardInterrupt:
                return
            except Exception as error:  # noqa: BLE001 - raised again where it is seen
                self._bug = error
                return
            self.count += 1

    def raise_bug(self) -> None:
        """Raise the unexpected exception of the thread, if any."""
        if self._bug is not None:
            raise self._bug

    def stop(self) -> None:
        """Stop the thread, and the programs that it runs."""
        self._ended.set()
        with interruption.stopping():
            self.join()


@contextmanager
def _keys() -> Iterator[Callable[[], str | None]]:
    """Yield a function that reads a single key: None if none was pressed, "" at the end of input."""
    import termios  # noqa: PLC0415 - not everywhere, and only needed here
    import tty  # noqa: PLC0415 - the same

    stream = sys.stdin.fileno()
    before = termios.tcgetattr(stream)
    # Suspended with Ctrl-Z, it would leave the terminal in this mode.
    stopping = signal.signal(signal.SIGTSTP, signal.SIG_IGN)

    def key() -> str | None:
        ready, _, _ = select.select([stream], [], [], _TICK)
        return os.read(stream, 1).decode(errors="replace") if ready else None

    try:
        tty.setcbreak(stream)
        yield key
    finally:
        termios.tcsetattr(stream, termios.TCSAFLUSH, before)
        signal.signal(signal.SIGTSTP, stopping)
