"""A tiny web service that tells what it sees: its environment, and what names mean to it."""

import json
import os
import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


def addresses(name: str) -> list[str]:
    try:
        return sorted({info[4][0] for info in socket.getaddrinfo(name, None, socket.AF_INET)})
    except OSError:
        return []


class Handler(BaseHTTPRequestHandler):
    """Answers `/` with the environment, `/lookup?name=N&times=T` with every answer that N got."""

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = parse_qs(url.query)
        answer: object = dict(os.environ)
        if url.path == "/lookup":
            times = int(query.get("times", ["1"])[0])
            answer = {name: [addresses(name) for _ in range(times)] for name in query["name"]}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


ThreadingHTTPServer(("", int(sys.argv[1])), Handler).serve_forever()
