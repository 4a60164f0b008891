"""Pages of which a part is generated: it stands between two marks, and the rest is written by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["page", "table"]

_BEGIN = "<!-- Generated from the source (inv table), up to the next mark. -->\n"
_END = "<!-- What follows is written by hand. -->\n"


def page(text: str, generated: str, title: str) -> str:
    """Return a page with its generated part renewed.

    Args:
        text: The page as it is; empty for one that is not there yet.
        generated: What belongs between the marks.
        title: The heading of a page that is not there yet.
    """
    before, _, rest = text.partition(_BEGIN)
    after = rest.partition(_END)[2]
    heading = before or f"# {title}\n\n"
    return f"{heading}{_BEGIN}\n{generated.strip()}\n\n{_END}{after}"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown; empty without rows."""
    lines = [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    head = f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}\n"
    return head + "\n".join(lines) + "\n" if lines else ""
