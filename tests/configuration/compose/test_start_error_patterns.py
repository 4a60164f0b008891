"""Docker's many words for the few causes for which a container does not start."""

from __future__ import annotations

import pytest

from worktree_tasks.configuration.compose.start_error_patterns import missing_program, recognize_refusal

DAEMON = "Error response from daemon: "
NETWORKING = (
    f"{DAEMON}failed to set up container networking: driver failed programming external connectivity on"
    " endpoint shop-web-1 (d5bda004c9be): "
)
TASK = (
    f"{DAEMON}failed to create task for container: failed to create shim task: OCI runtime create failed:"
    " runc create failed: unable to start container process: "
)
OLD = "OCI runtime create failed: container_linux.go:348: starting container process caused "
REGISTRY = "repository does not exist or may require 'docker login'"
REQUEST = 'failed to do request: Head "https://docker.io/v2/python/manifests/3": dial tcp 10.1.2.3:443'
CONFUSED = (
    'error mounting "/shop/nginx.conf" to rootfs at "/etc/nginx/nginx.conf": mount src=/shop: not a'
    " directory: unknown: Are you trying to mount a directory onto a file (or vice-versa)?"
)


@pytest.mark.parametrize(
    "said",
    [
        f"{NETWORKING}Bind for 0.0.0.0:8001 failed: port is already allocated",
        f"{NETWORKING}failed to bind host port for 0.0.0.0:8001:172.18.0.2:8000/tcp: address already in use",
        f"{NETWORKING}failed to bind host port 127.0.0.1:8001/tcp: address already in use",
        f"{NETWORKING}Error starting userland proxy: listen tcp4 0.0.0.0:8001: bind: address already in use",
        f"{NETWORKING}Error starting userland proxy: listen tcp6 [::]:8001: bind: address already in use",
        f"{NETWORKING}Bind for 0.0.0.0:8001: unexpected error (Failure EADDRINUSE)",
    ],
)
def test_a_taken_port_is_told_with_its_container(said):
    refusal = recognize_refusal([said])
    assert refusal is not None
    assert (refusal.cause, refusal.value, refusal.container) == ("port", "8001", "shop-web-1")


def test_the_protocol_of_a_taken_port_is_told():
    said = f"{NETWORKING}failed to bind host port for 0.0.0.0:53:172.18.0.2:53/udp: address already in use"
    refusal = recognize_refusal([said])
    assert refusal is not None
    assert (refusal.value, refusal.protocol) == ("53", "udp")


@pytest.mark.parametrize(
    "why",
    [
        "bind: address already in use",
        "bind: An attempt was made to access a socket in a way forbidden by its access permissions.",
        "bind: Only one usage of each socket address (protocol/network address/port) is normally permitted.",
    ],
)
def test_a_port_that_docker_desktop_cannot_have_is_told(why):
    said = "Ports are not available: exposing port TCP 0.0.0.0:5000 -> 0.0.0.0:0: listen tcp 0.0.0.0:5000"
    refusal = recognize_refusal([f"{DAEMON}{said}: {why}"])
    assert refusal is not None
    assert (refusal.cause, refusal.value) == ("port", "5000")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (f'{TASK}exec: "vite": executable file not found in $PATH: unknown', "there is no program vite in"),
        (
            f'{OLD}"exec: \\"vite\\": executable file not found in $PATH": unknown',
            "there is no program vite in",
        ),
        (
            f'{TASK}exec: "./start.sh": stat ./start.sh: no such file or directory: unknown',
            "there is no program ./start.sh in",
        ),
        (f'{TASK}exec: "/start.sh": permission denied: unknown', "/start.sh is not executable"),
        ("exec /start.sh: exec format error", "/start.sh is built for another processor architecture"),
        (
            "exec /start.sh: no such file or directory",
            "/start.sh does not exist, or the program in its",
        ),
    ],
)
def test_a_program_that_cannot_run_is_told(said, words):
    refusal = recognize_refusal([said])
    assert refusal is not None
    assert refusal.cause == "program"
    assert refusal.words.startswith(words)


@pytest.mark.parametrize(
    ("said", "words", "image"),
    [
        (
            f"{DAEMON}pull access denied for shop/api, {REGISTRY}",
            "image shop/api does not exist, or needs `docker login`",
            "shop/api",
        ),
        (
            f"{DAEMON}manifest for redis:nope not found: manifest unknown: manifest unknown",
            "image redis:nope does not exist",
            "redis:nope",
        ),
        (
            'failed to resolve reference "docker.io/shop/api:nope": docker.io/shop/api:nope: not found',
            "image docker.io/shop/api:nope does not exist",
            "docker.io/shop/api:nope",
        ),
        (f"{DAEMON}manifest unknown", "the image does not exist", ""),
        (
            f"{DAEMON}no matching manifest for linux/arm64/v8 in the manifest list entries",
            "there is no image for linux/arm64/v8",
            "",
        ),
    ],
)
def test_an_image_that_cannot_be_had_is_told(said, words, image):
    refusal = recognize_refusal([said])
    assert refusal is not None
    assert (refusal.cause, refusal.words, refusal.value) == ("image", words, image)


@pytest.mark.parametrize(
    ("said", "registry", "why"),
    [
        (
            f'{DAEMON}Get "https://docker.io/v2/": dial tcp: lookup docker.io on 10.0.0.1:53: no such host',
            "docker.io",
            "no such host",
        ),
        (
            f"failed to resolve source metadata for docker.io/python:3: {REQUEST}: connection refused",
            "docker.io",
            "connection refused",
        ),
        (f'{DAEMON}Get "http://localhost:5000/v2/": EOF', "localhost:5000", "EOF"),
    ],
)
def test_an_image_does_not_count_as_missing_while_its_registry_cannot_be_reached(said, registry, why):
    refusal = recognize_refusal([said])
    assert refusal is not None
    assert (refusal.cause, refusal.value) == ("registry", registry)
    assert refusal.words == f"no image can be pulled from {registry}: {why}"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (f"{TASK}mkdir /var/lib/x: no space left on device: unknown", "the engine's disk is full"),
        (
            f"{TASK}error during container init: {CONFUSED}",
            "/shop/nginx.conf cannot be mounted: one side is a file, the other a folder",
        ),
        (
            f'{DAEMON}invalid mount config for type "bind": bind source path does not exist: /shop/data',
            "/shop/data cannot be mounted: it does not exist",
        ),
        (
            "The path /shop/data is not shared from the host and is not known to Docker.",
            "/shop/data cannot be mounted: Docker Desktop does not share it",
        ),
        (
            f"{NETWORKING}error while calling PortManager.AddPort(): cannot expose privileged port 80",
            "port 80 is below 1024, and this engine may not use such ports",
        ),
        (
            f"{NETWORKING}listen tcp4 10.9.9.9:8001: bind: cannot assign requested address",
            "this machine has no address 10.9.9.9",
        ),
        (
            f'{DAEMON}could not select device driver "nvidia" with capabilities: [[gpu]]',
            'could not select device driver "nvidia" with capabilities: [[gpu]]',
        ),
    ],
)
def test_other_causes_are_told_without_the_layers_in_front_of_them(said, words):
    refusal = recognize_refusal([" Container shop-web-1  Starting", said])
    assert refusal is not None
    assert refusal.words == words


def test_the_last_line_that_tells_counts_and_silence_tells_nothing():
    lines = [
        f"{DAEMON}manifest unknown",
        f"{NETWORKING}Bind for 0.0.0.0:1 failed: port is already allocated",
        "x",
    ]
    refusal = recognize_refusal(lines)
    assert refusal is not None
    assert refusal.value == "1"
    assert recognize_refusal(["", " "]) is None


@pytest.mark.parametrize(
    ("said", "program"),
    [
        ("sh: 1: vite: not found", "vite"),
        ("/bin/sh: vite: not found", "vite"),
        ("bash: line 1: vite: command not found", "vite"),
        ("/start.sh: line 3: exec: vite: not found", "vite"),
        ("env: 'vite': No such file or directory", "vite"),
        ("env: ‘python’: No such file or directory", "python"),  # noqa: RUF001 - as env has them
        ("/usr/bin/env: 'vite': No such file or directory", "vite"),
        ("exec /start.sh: no such file or directory", "/start.sh"),
        ("[FATAL tini (7)] exec vite failed: No such file or directory", "vite"),
        ("[dumb-init] vite: No such file or directory", "vite"),
        ("ModuleNotFoundError: No module named 'vite'", ""),
        ("GET /vite: not found", ""),
        ("open config.yaml: no such file or directory", ""),
    ],
)
def test_a_program_that_a_container_misses_is_known_by_its_last_words(said, program):
    assert missing_program(said) == program
