"""A back end that answers with what stands in its page, and with what a name means to it."""

import json
import pathlib
import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    """Answers everything with the page of its checkout."""

    def do_GET(self) -> None:
        page = pathlib.Path(__file__).with_name("page.txt").read_text().strip()
        body = json.dumps({"page": page, "redis": socket.gethostbyname("redis")}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


ThreadingHTTPServer(("", int(sys.argv[1])), Handler).serve_forever()
