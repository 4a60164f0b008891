"""Which commands a shell text runs, as far as its arguments and variables tell."""

from __future__ import annotations

import pytest

from worktree_tasks.configuration.jobs.shell_commands import commands

ROLES = """\
#!/usr/bin/env bash
set -eo pipefail
case "${1}" in
  worker)
    celery --app=app worker --concurrency=${CONCURRENCY:-2}
    ;;
  app|web) flask run ;;
  *)
    echo "Unknown operation"
    ;;
esac
"""
BY_VARIABLE = """\
role=${CONTAINER_ROLE:-app}
if [ "$role" = "app" ]; then
    exec apache2-foreground
elif [ "$role" = "queue" ]; then
    (php artisan queue:work)
else
    while [ true ]; do
        php artisan schedule:run &
        sleep 60
    done
fi
"""


def programs(text: str, *words: str, **values: str) -> list[str]:
    return [" ".join(one) for one in commands(text, ("script", *words), values) if one[0] not in ("set", "[")]


def test_the_branch_that_an_argument_chooses_is_the_one_that_runs():
    assert programs(ROLES, "worker") == ["celery --app=app worker --concurrency=2"]
    assert programs(ROLES, "web") == ["flask run"]
    assert programs(ROLES, "else") == ["echo Unknown operation"]
    assert programs(ROLES, "worker", CONCURRENCY="4") == ["celery --app=app worker --concurrency=4"]


def test_the_branch_that_a_variable_chooses_is_the_one_that_runs():
    assert programs(BY_VARIABLE) == ["apache2-foreground"]
    assert programs(BY_VARIABLE, CONTAINER_ROLE="queue") == ["php artisan queue:work"]
    assert programs(BY_VARIABLE, CONTAINER_ROLE="other") == ["php artisan schedule:run", "sleep 60"]


def test_of_a_branch_whose_condition_nobody_can_tell_either_side_may_run():
    text = 'if [ "$UNKNOWN" = x ]; then one; else two; fi; if test -f /x; then three; fi'
    assert programs(text) == ["one", "two", "three"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a && b || c; d | e & f", ["a", "b", "c", "d", "e", "f"]),
        ("# celery worker\nexec puma # not this", ["puma"]),
        ("FOO=1 BAR='a b' rq worker high 2>&1 >log", ["rq worker high"]),
        ("celery \\\n  -A app \\\n  worker", ["celery -A app worker"]),
        ("python << END\nimport celery\nEND\nexec gunicorn", ["python", "gunicorn"]),
        ("echo 'a\nb'; c", ["echo a\nb", "c"]),
        ("run() { celery worker; }\nrun", ["celery worker"]),
        ("never() { celery beat; }\nexec puma", ["puma"]),
        ("function run { rq worker $1; }\nrun high\nrun low", ["rq worker high", "rq worker low"]),
        ("run()\n{\n  { a; }\n  b\n}\nif x; then run; fi; c", ["a", "b", "c"]),
        ("php() { php artisan $@; }\nphp queue:work", ["php artisan queue:work"]),
        ("run() { exec a; }\nrun\nb", ["a"]),
        ("run() { [ -z x ] || return; a; }\nrun; b", ["return", "b"]),
        ("run() { never ends", ["run", "never ends"]),
        ("[ -f x ] && exec a\nexec b\nc", ["a", "b"]),
        ("exec 2>&1\nexec a\nb", ["a"]),
        ("name=celery\nexec $name worker", ["celery worker"]),
        ("exec one\ntwo", ["one"]),
        ("(cd /app && ./start)", ["cd /app", "./start"]),
        ("echo 'never ends", []),
        ("", []),
    ],
)
def test_each_simple_command_is_told_by_its_words(text, found):
    assert programs(text) == found


DISPATCHER = """\
scheduler() {
  exec manage.py rq scheduler
}
worker() {
  exec manage.py rq worker $1
}
case "$1" in
  worker)
    shift
    worker "$@"
    ;;
  scheduler) shift; scheduler ;;
  *) exec "$@" ;;
esac
"""


def test_a_function_runs_where_it_is_called_and_nowhere_else():
    assert programs(DISPATCHER, "scheduler") == ["manage.py rq scheduler"]
    assert programs(DISPATCHER, "worker", "high") == ["manage.py rq worker high"]
    assert programs(DISPATCHER, "gunicorn", "app") == ["gunicorn app"]


def test_functions_that_call_each_other_without_end_are_followed_for_a_while():
    text = "".join(f"f{one}() {{ f{one + 1} a$1; f{one + 1} b$1; }}\n" for one in range(1000))
    assert commands(f"{text}f0")
    assert programs("a() { b; }\nb() { a; }\na") == ["a"]


@pytest.mark.parametrize(
    ("role", "found"),
    [("worker", ["celery worker"]), ("beat", ["celery beat"]), ("high", ["rq worker"]), ("web", ["puma"])],
)
def test_conditions_joined_by_and_or_or_choose_too(role, found):
    text = """\
[ "$1" = worker ] && exec celery worker
if [ "$1" = low ] || [ "$1" = high ]; then
  exec rq worker
elif [ "$1" != beat ] && ! test "$1" = worker; then
  exec puma
fi
[ "$1" = beat ] ||
  exit 1
celery beat
"""
    assert programs(text, role) == found


def test_a_script_that_hands_on_its_arguments_runs_them():
    assert programs('set -- celery "$@"\nexec "$@"', "-A", "a b") == ["celery -A a b"]
    assert commands('exec "$@"', ("script", "sh", "-c", "a b")) == (("sh", "-c", "a b"),)


@pytest.mark.parametrize(
    "text", ["esac fi done ;; )", "case x in", "if then else", "case in in in", "fi; exec a"]
)
def test_what_is_no_shell_text_does_no_harm(text):
    assert isinstance(commands(text), tuple)
