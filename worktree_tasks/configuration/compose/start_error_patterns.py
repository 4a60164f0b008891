"""Patterns of the messages with which Docker refuses to start a stack: many wordings for few causes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...quick_dataclasses import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["Refusal", "missing_program", "recognize_refusal"]

_PORT = re.compile(
    # The engine, its proxy, Docker Desktop, rootless engines and Podman.
    r"(?:Bind for|bind host port(?: for)?|listen (?:tcp|udp)[46]?|exposing port (?:TCP|UDP)"
    r"|cannot expose port) \S*?:(?P<port>\d+)\b"
    r"(?=.*?(?:already allocated|already in use|EADDRINUSE|forbidden by its access|Only one usage))",
    re.IGNORECASE,
)
_LOW_PORT = re.compile(r"cannot expose privileged port (?P<port>\d+)|:(?P<low>\d+): bind: permission denied")
_ADDRESS = re.compile(
    r"(?P<address>[\d.]+|\[[\da-f:]+\]):\d+\S*: (?:bind: )?cannot assign requested address", re.IGNORECASE
)
_PROGRAM = re.compile(
    r"exec:? \\*[\"“]?(?P<program>[^\"”\\:\s]+)\\*[\"”]?: (?P<why>(?:stat \S+: )?no such file or directory"
    r"|executable file not found in \$PATH|permission denied|exec format error|is a directory)"
)
_WHY = {
    "exec format": "{} is built for another processor architecture, or has no #! line",
    "permission": "{} is not executable",
    "is a directory": "{} is a directory",
    "no such file": "{} does not exist, or the program in its #! line does not",
}
_IMAGE = re.compile(
    r"pull access denied for (?P<denied>[^\s,]+)|manifest for (?P<manifest>\S+) not found"
    r"|(?:failed to resolve reference \"|image \"?)(?P<reference>[^\s\"]+)\"?:.*?not found"
    r"|no matching manifest for (?P<platform>\S+)|(?P<unknown>manifest unknown)"
    r"|No such image: (?P<gone>\S+)|failed to resolve source metadata for (?P<base>\S+?): (?!.*timeout)"
)
_REGISTRY = re.compile(
    r"\b(?:Get|Head|Post) \"https?://(?P<registry>[^/\"]+)/(?:v2/|token)[^\"]*\": (?:.*: )?(?P<why>.+)"
)
_DISK = re.compile(r"no space left on device|disk quota exceeded", re.IGNORECASE)
_MOUNT = re.compile(
    r"error mounting \\*\"(?P<mounted>[^\"\\]+)|bind source path does not exist: (?P<source>\S+)"
    r"|[Tt]he path (?P<denied>/\S+) is not shared from the host"
)
# What a shell prints as the last line of the container's log.
_NOT_FOUND = re.compile(
    r"(?:sh|bash|ash|dash|zsh|exec|env)\S*: (?:line \d+: |\d+: )?(?:exec: )?\W?(?P<program>[^\s:'\"]+?)\W?"
    r": (?:command )?(?:not found|No such file or directory)"
    r"|^exec (?P<script>\S+): no such file or directory"
    r"|tini .*exec (?P<by_tini>\S+) failed: No such file|^\[dumb-init\] (?P<by_init>\S+): No such file"
)
_ENGINE = "Error response from daemon"
_ENDPOINT = re.compile(r"on endpoint (?P<container>\S+) \(")
# Prefixes that each layer puts before the cause.
_LAYERS = re.compile(
    r"(?:Error response from daemon|Cannot start service \S+|failed to create task for container"
    r"|failed to create shim task|OCI runtime (?:create|exec) failed|runc create failed|exec failed"
    r"|unable to start container process|container_linux\.go:\d+|starting container process caused"
    r"|failed to set up container networking|failed to solve|error during container init): *\"?"
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why Docker did not start a container.

    Attributes:
        cause: `port`, `program`, `registry`, `image`, `disk`, `mount`, `engine` for any other engine error,
            or empty for an error of Compose itself.
        words: The cause, in one line without the prefixes of the layers.
        value: The port, program, registry, image or path.
        container: The container's name, if Docker's message has it.
        protocol: The port's protocol.
    """

    cause: str
    words: str
    value: str = ""
    container: str = ""
    protocol: str = "tcp"


def recognize_refusal(lines: Iterable[str]) -> Refusal | None:
    """Return why Docker refused, from the last line with a known cause; None if there is no output.

    Args:
        lines: The output of Compose, or the error that the engine recorded for a container.
    """
    printed = [line.strip() for line in lines if line.strip()]
    known = [refusal for line in printed if (refusal := _refusal_in(line))]
    if known:
        return known[-1]
    if not printed:
        return None
    return Refusal("engine" if _ENGINE in printed[-1] else "", _bare(printed[-1]))


def missing_program(line: str) -> str:
    """Return the program that is missing according to a container's last output; empty if none is."""
    match = _NOT_FOUND.search(line)
    return _first(match) if match else ""


def _refusal_in(line: str) -> Refusal | None:
    for pattern, refusal in _CAUSES:
        if match := pattern.search(line):
            endpoint = _ENDPOINT.search(line)
            return replace(refusal(match), container=endpoint["container"] if endpoint else "")
    return None


def _port_taken(match: re.Match[str]) -> Refusal:
    protocol = "udp" if re.search(r"\budp", match.string, re.IGNORECASE) else "tcp"
    return Refusal("port", f"port {match['port']} is taken", match["port"], protocol=protocol)


def _low_port(match: re.Match[str]) -> Refusal:
    port = _first(match)
    return Refusal("engine", f"port {port} is below 1024, and this engine may not use such ports", port)


def _unknown_address(match: re.Match[str]) -> Refusal:
    return Refusal("engine", f"this machine has no address {match['address']}", match["address"])


def _disk_full(_: re.Match[str]) -> Refusal:
    return Refusal("disk", "the engine's disk is full")


def _bad_mount(match: re.Match[str]) -> Refusal:
    place, line = _first(match), match.string
    confused = "not a directory" in line or "is a directory" in line
    why = "one side is a file, the other a folder" if confused else "it does not exist"
    why = "Docker Desktop does not share it" if match["denied"] else why
    return Refusal("mount", f"{place} cannot be mounted: {why}", place)


def _bad_program(match: re.Match[str]) -> Refusal:
    program, why = match["program"], match["why"]
    words = next(
        (text for sign, text in _WHY.items() if why.startswith(sign)),
        "there is no program {} in the container",
    )
    return Refusal("program", words.format(program), program)


def _no_registry(match: re.Match[str]) -> Refusal:
    registry = match["registry"]
    return Refusal("registry", f"no image can be pulled from {registry}: {match['why']}", registry)


def _no_image(match: re.Match[str]) -> Refusal:
    if match["platform"]:
        return Refusal("image", f"there is no image for {match['platform']}")
    image = "" if match["unknown"] else _first(match)
    name = f"image {image}" if image else "the image"
    if match["denied"] or "denied" in match.string:
        return Refusal("image", f"{name} does not exist, or needs `docker login`", image)
    return Refusal("image", f"{name} does not exist", image)


def _first(match: re.Match[str]) -> str:
    return next(value for value in match.groups() if value)


_CAUSES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Refusal]], ...] = (
    (_PORT, _port_taken),
    (_LOW_PORT, _low_port),
    (_ADDRESS, _unknown_address),
    (_DISK, _disk_full),
    (_PROGRAM, _bad_program),
    (_MOUNT, _bad_mount),
    (_REGISTRY, _no_registry),
    (_IMAGE, _no_image),
)


def _bare(line: str) -> str:
    """Return a line without the prefixes that Docker's layers put before the cause."""
    bare = _LAYERS.sub("", line).removesuffix(": unknown").strip()
    # Older engines quote the cause; a prefix has consumed the opening quote.
    return bare.rstrip('"') if bare.count('"') % 2 else bare
