"""Prints how large a package is; fails when a module of it is too long."""

from __future__ import annotations

import ast
import io
import statistics
import sys
import tokenize
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "worktree_tasks"
LIMIT = 250  # physical lines of a module
_LAYOUT = frozenset({
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER,
})  # fmt: skip
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def code_lines(source: str) -> int:
    """Count the lines of a module without blank lines, comments, docstrings and imports."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    spans = ((token.start[0], token.end[0]) for token in tokens if token.type not in _LAYOUT)
    lines = {line for first, last in spans for line in range(first, last + 1)}
    for node in ast.walk(ast.parse(source)):
        left_out = node if isinstance(node, ast.Import | ast.ImportFrom) else _docstring(node)
        if left_out is not None:
            lines -= set(range(left_out.lineno, (left_out.end_lineno or left_out.lineno) + 1))
    return len(lines)


def _docstring(node: ast.AST) -> ast.stmt | None:
    has_one = isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None
    return node.body[0] if has_one else None


def main(package: Path) -> None:
    """Print the figures; exit with 1 when a module is over the limit."""
    sources = {path: path.read_text(encoding="utf-8") for path in sorted(package.rglob("*.py"))}
    lengths = {path: len(source.splitlines()) for path, source in sources.items()}
    total = sum(map(code_lines, sources.values()))
    median = statistics.median(lengths.values())
    print(f"{total:,} lines of code in {len(sources)} modules, half of them within {median:g} physical lines")
    too_long = [path for path, length in lengths.items() if length > LIMIT]
    for path in too_long:
        print(
            f"{path.relative_to(package)} has {lengths[path]} lines, more than {LIMIT}: split it by its nouns"
        )
    sys.exit(bool(too_long))


if __name__ == "__main__":
    main(PACKAGE)
