"""Mask secrets in values and log lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from ...printable import lines_of
from .urls import edit, find

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["mask", "masker"]

_MASK = "***"
# Shorter secrets would mask half the text, and are easy to guess anyway.
_SHORTEST = 6
_SECRET_KEY = re.compile(
    r"PASSW|PASSPHRASE|PASS\Z|SECRET|TOKEN|PRIVATE|CREDENTIAL|BASIC_?AUTH|WEBHOOK|KEYS?(?:_|\Z)"
    r"|(?:^|_)(?:PASS|PWD|SALT|JWT|DSN)(?:_|\Z)",
    re.IGNORECASE,
)
# `password=…` in queries and connection strings, `"password": "…"` in JSON. The pattern starts at the word
# itself and limits the length of the name, for speed: values may be of any length.
_NAMED = re.compile(
    r"""(?:passw(?:or)?d|passphrase|\bpwd|secret|token|api_?key|access_?key|credential|signature)
        [\w.-]{0,64}["']?\s*[=:]\s*(?P<value>"[^"]*"|'[^']*'|[^\s&;,#"'}]+)""",
    re.IGNORECASE | re.VERBOSE,
)
_GO_DSN = re.compile(r"(?<=:)[^\s:@][^\s@]{0,255}(?=@(?:tcp|unix)\()")


def mask(key: str, value: str) -> str:
    """Return a value that is safe to show: passwords in URLs, and values of secret keys, become `***`."""
    if not value:
        return value
    secret_url = re.search(r"(?:^|_)DSN(?:_|\Z)", key, re.IGNORECASE) and find(value)
    if "-----BEGIN" in value or (_SECRET_KEY.search(key) and not secret_url):
        return _MASK
    return edit(value, ((start, end, _MASK) for start, end in _spans(value)))


def masker(values: Mapping[str, str]) -> Callable[[str], str]:
    """Return a function that masks the secrets that the values hold, and passwords in URLs, in log texts.

    A secret of fewer than six characters stays, and so does one that another key shows openly, such as the
    password `postgres` of the user `postgres`.
    """
    open_values = {value for key, value in values.items() if mask(key, value) == value}
    secrets = {
        form
        for key, value in values.items()
        for secret in _secrets(key, value)
        for form in _forms(secret)
        if len(form) >= _SHORTEST and form not in open_values
    }
    longest_first = sorted(secrets, key=len, reverse=True)
    known = re.compile("|".join(map(re.escape, longest_first))) if secrets else None

    def masked(text: str) -> str:
        text = edit(text, ((start, end, _MASK) for start, end in _url_spans(text)))
        return known.sub(_MASK, text) if known else text

    return masked


def _secrets(key: str, value: str) -> Iterator[str]:
    if mask(key, value) == _MASK:
        yield value
        # A log may show a value of several lines line by line.
        yield from lines_of(value)
    yield from (value[start:end] for start, end in _spans(value))


def _forms(secret: str) -> tuple[str, ...]:
    # Compose doubles dollars when it prints its configuration.
    return secret, unquote(secret), quote(secret, safe=""), secret.replace("$", "$$")


def _spans(value: str) -> list[tuple[int, int]]:
    """Return the spans of the secrets in a value, without overlaps."""
    spans = _url_spans(value)
    others = [match.span("value") for match in _NAMED.finditer(value)]
    others += [match.span() for match in _GO_DSN.finditer(value)]
    for start, end in others:
        if all(end <= taken[0] or start >= taken[1] for taken in spans):
            spans.append((start, end))
    return sorted(spans)


def _url_spans(text: str) -> list[tuple[int, int]]:
    spans = []
    for url in find(text):
        start, end = url.user
        web = url.scheme in {"http", "https"}
        if start != end or not web:
            # A password may contain an unencoded `@` or `/`: better mask too much than only its first half.
            end = max(end, text.rfind("@", start, url.end))
        name, colon, password = text[start:end].partition(":")
        if password:
            spans.append((start + len(name) + len(colon), end))
        elif name and web:
            spans.append((start, end))
    return spans
