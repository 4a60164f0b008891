"""Which lines of a program's last ones say why it ended."""

from __future__ import annotations

import pytest

from worktree_tasks.configuration.failure_lines import cause_in, lines_of_cause

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


SYNTAX = """\
listening on 3000
/app/server.js:6
const basket = ;
               ^

SyntaxError: Unexpected token ';'
    at wrapSafe (node:internal/modules/cjs/loader:1469:18)
    at Module._compile (node:internal/modules/cjs/loader:1491:20)
    at Object..js (node:internal/modules/cjs/loader:1689:10)
    at Module.load (node:internal/modules/cjs/loader:1318:32)
    at Function._load (node:internal/modules/cjs/loader:1128:12)
    at TracingChannel.traceSync (node:diagnostics_channel:322:14)
    at wrapModuleLoad (node:internal/modules/cjs/loader:219:24)
    at Function.executeUserEntryPoint [as runMain] (node:internal/modules/run_main:170:5)
    at node:internal/main/run_main_module:36:49

Node.js v22.1.0
"""
THROWN = """\
node:internal/process/promises:394
      triggerUncaughtException(err, true /* fromPromise */);
      ^

Error: connect ECONNREFUSED 127.0.0.1:5432
    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1636:16)
    at async main (/app/server.js:4:3) {
  code: 'ECONNREFUSED'
}
"""
SCRIPT = """\
ready
  File "/code/app.py", line 3
    serve(
         ^
SyntaxError: '(' was never closed
"""


@pytest.mark.parametrize(
    ("said", "first", "last"),
    [
        (SYNTAX, "/app/server.js:6", "Node.js v22.1.0"),
        (SYNTAX * 3, "/app/server.js:6", "Node.js v22.1.0"),
        (NODE, "Error: Cannot find module '/app/server.js'", "Node.js v22.1.0"),
        (THROWN, "Error: connect ECONNREFUSED 127.0.0.1:5432", "}"),
        (SCRIPT, '  File "/code/app.py", line 3', "SyntaxError: '(' was never closed"),
        (PYTHON, "Traceback (most recent call last):", "ModuleNotFoundError: No module named 'django'"),
        (GO, "panic: open config.yaml: no such file or directory", "exit status 2"),
        ("first\n" * 20 + JAVA, "Caused by: java.net.ConnectException: Connection refused", "\t... 12 more"),
        ("one\n\ntwo\nsh: vite: not found\n", "one", "sh: vite: not found"),
        (
            NPM,
            "> shop@1.0.0 dev",
            "npm error A complete log of this run can be found in: /root/.npm/_logs/debug-0.log",
        ),
        ("cannot bind\n" + "GET /\n" * 20, "cannot bind", "GET /"),
        ("one\n" * 20 + "two\n", "one", "two"),
    ],
)
def test_the_lines_shown_begin_where_the_last_error_does(said, first, last):
    shown = lines_of_cause(said.splitlines(), 10)
    assert (shown[0], shown[-1]) == (first, last)
    assert cause_in(said.splitlines()) in {line.strip() for line in shown}
    assert len(shown) <= 10
    assert all(line.strip() and "node:" not in line for line in shown)


def test_of_a_long_python_stack_the_end_is_shown_which_says_why():
    frames = [f'  File "/code/{number}.py", line 1, in <module>' for number in range(15)]
    lines = ["Traceback (most recent call last):", *frames, "KeyError: 'DATABASE_URL'"]
    assert lines_of_cause(lines, 10) == [*frames[-9:], "KeyError: 'DATABASE_URL'"]


def test_of_silence_nothing_is_shown():
    assert lines_of_cause(["", " "], 10) == []
