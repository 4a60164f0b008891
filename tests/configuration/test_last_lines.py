"""Which line of a program's last ones says why it ended."""

from __future__ import annotations

import pytest

from worktree_tasks.configuration.last_lines import cause_in

PYTHON = """\
Traceback (most recent call last):
  File "/code/manage.py", line 22, in <module>
    main()
    ~~~~^^
  File "/code/manage.py", line 11, in main
    from django.core.management import execute_from_command_line
ModuleNotFoundError: No module named 'django'
"""
PYTHON_CHAINED = """\
Traceback (most recent call last):
  File "/usr/lib/psycopg.py", line 3, in connect
psycopg.OperationalError: connection failed: connection refused

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/code/app.py", line 1, in <module>
django.db.utils.OperationalError: connection to server at "db" failed: Connection refused
	Is the server running on that host and accepting TCP/IP connections?
"""
NODE = """\
node:internal/modules/cjs/loader:1228
  throw err;
  ^

Error: Cannot find module '/app/server.js'
    at Module._resolveFilename (node:internal/modules/cjs/loader:1225:15)
    at node:internal/main/run_main_module:36:49 {
  code: 'MODULE_NOT_FOUND',
  requireStack: []
}

Node.js v22.1.0
"""
NPM = """\
> shop@1.0.0 dev
> vite

sh: 1: vite: not found
npm error Lifecycle script `dev` failed with error:
npm error code 127
npm error path /app
npm error command failed
npm error command sh -c vite
npm error A complete log of this run can be found in: /root/.npm/_logs/debug-0.log
"""
YARN = """\
yarn run v1.22.22
error Command "dev" not found.
info Visit https://yarnpkg.com/en/docs/cli/run for documentation about this command.
"""
RUBY = """\
/usr/lib/ruby/bundled_gems.rb:69:in `require': cannot load such file -- pg (LoadError)
	from /app/config/boot.rb:4:in `<main>'
"""
GO = """\
listening on :8000
panic: open config.yaml: no such file or directory

goroutine 1 [running]:
main.main()
	/src/main.go:10 +0x1d
exit status 2
"""
NGINX = """\
/docker-entrypoint.sh: Configuration complete; ready for start up
2026/11/27 10:00:00 [emerg] 1#1: host not found in upstream "web" in /etc/nginx/conf.d/default.conf:2
nginx: [emerg] host not found in upstream "web" in /etc/nginx/conf.d/default.conf:2
"""
JAVA = """\
Exception in thread "main" java.lang.IllegalStateException: no database
	at shop.Main.main(Main.java:7)
Caused by: java.net.ConnectException: Connection refused
	at java.base/sun.nio.ch.Net.connect0(Native Method)
	... 12 more
"""
DOTNET = """\
Unhandled exception. System.InvalidOperationException: No connection string
   at Program.<Main>$(String[] args) in /src/Program.cs:line 12
"""
ELIXIR = """\
ERROR! Config provider Config.Reader failed with:
** (RuntimeError) environment variable DATABASE_URL is missing.
For example: ecto://USER:PASS@HOST/DATABASE

    /app/releases/0.1.0/runtime.exs:26: (file)
"""


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        (PYTHON, "ModuleNotFoundError: No module named 'django'"),
        (
            PYTHON_CHAINED,
            'django.db.utils.OperationalError: connection to server at "db" failed: Connection refused',
        ),
        (NODE, "Error: Cannot find module '/app/server.js'"),
        (NPM, "sh: 1: vite: not found"),
        (YARN, 'error Command "dev" not found.'),
        (
            RUBY,
            "/usr/lib/ruby/bundled_gems.rb:69:in `require': cannot load such file -- pg (LoadError)",
        ),
        (GO, "panic: open config.yaml: no such file or directory"),
        (NGINX, 'nginx: [emerg] host not found in upstream "web" in /etc/nginx/conf.d/default.conf:2'),
        (JAVA, "Caused by: java.net.ConnectException: Connection refused"),
        (DOTNET, "Unhandled exception. System.InvalidOperationException: No connection string"),
        (ELIXIR, "** (RuntimeError) environment variable DATABASE_URL is missing."),
        ("starting\nexec /entrypoint.sh: no such file or directory\n", None),
        ("no queue\n", "no queue"),
        ("one\n\n---\n", "one"),
        ("", ""),
    ],
)
def test_the_cause_is_found_among_stacks_and_remarks(said, cause):
    lines = said.splitlines()
    assert cause_in(lines) == (lines[-1] if cause is None else cause)


def test_what_went_wrong_long_before_is_not_the_cause():
    lines = ["error: the cache is cold", *(f"GET /{number}" for number in range(100))]
    assert cause_in(lines) == "GET /99"


def test_a_very_long_line_is_cut():
    assert len(cause_in([f"Error: {'x' * 1000}"])) < 250
