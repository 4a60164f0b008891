"""The figures as pictures: how a list grows, and what `new` is made of beside the same steps by hand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib import pyplot as plt

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .goals import Row

__all__ = ["draw"]

_COLOURS = {"load": "#8250df", "step": "#0969da", "program": "#57ab5a"}
_GREY = "#808890"  # readable on light and on dark


def draw(folder: Path, rows: Sequence[Row], parts: Sequence[dict[str, Any]]) -> None:
    """Draw `list.svg` and `new.svg` into a folder.

    Args:
        folder: Where they go.
        rows: What was measured; the lists and `new` are taken of it.
        parts: When each part of one `new` began and ended, in seconds.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # Text stays text, and the same figures give the same file.
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "worktree-tasks", "font.size": 10})
    for name in ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"):
        mpl.rcParams[name] = _GREY
    _lists(folder / "list.svg", rows)
    _plot_new(folder / "new.svg", rows, parts)


def _lists(file: Path, rows: Sequence[Row]) -> None:
    figure, axes = plt.subplots(figsize=(7, 3.6))
    for form, colour in (("inv wt.list", "#8250df"), ("worktree-tasks list", "#0969da")):
        # Rows that are compared only have no goal.
        counted = [row for row in rows if row.goal and row.goal.more]
        found = [(re.fullmatch(rf"{form}, (\d+)", row.work), row) for row in counted]
        points = [(int(match[1]), row.medians[0] * 1000) for match, row in found if match]
        axes.plot(*zip(*points, strict=True), marker="o", label=form, color=colour)
    axes.set(xlabel="worktrees", ylabel="milliseconds", ylim=(0, None))
    _save(figure, axes, file)


def _plot_new(file: Path, rows: Sequence[Row], parts: Sequence[dict[str, Any]]) -> None:
    figure, axes = plt.subplots(figsize=(8, 0.24 * len(parts) + 1.6))
    for place, part in enumerate(parts):
        took = (part["end"] - part["begin"]) * 1000
        axes.barh(place, took, left=part["begin"] * 1000, color=_COLOURS[part["kind"]], height=0.7)
    axes.set_yticks(range(len(parts)), [part["name"] for part in parts], fontsize=8)
    axes.invert_yaxis()
    for row in rows:
        if row.work == "inv wt.new to the first 200":
            for value, label, style in zip(row.medians, ("ours", "by hand"), ("-", "--"), strict=True):
                axes.axvline(value * 1000, color=_GREY, linestyle=style, label=f"{label}, to the first 200")
    axes.set(xlabel="milliseconds since the command was typed")
    _save(figure, axes, file)


def _save(figure: Any, axes: Any, file: Path) -> None:  # noqa: ANN401 - matplotlib's
    axes.legend(frameon=False)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.tight_layout()
    figure.savefig(file, transparent=True, metadata={"Date": None})
    plt.close(figure)
