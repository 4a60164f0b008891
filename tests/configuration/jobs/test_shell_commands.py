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
        ("run() { celery worker; }\nrun", ["run", "celery worker"]),
        ("name=celery\nexec $name worker", ["celery worker"]),
        ("exec one\ntwo", ["one"]),
        ("(cd /app && ./start)", ["cd /app", "./start"]),
        ("echo 'never ends", []),
        ("", []),
    ],
)
def test_each_simple_command_is_told_by_its_words(text, found):
    assert programs(text) == found


def test_a_script_that_hands_on_its_arguments_runs_them():
    assert programs('set -- celery "$@"\nexec "$@"', "-A", "a b") == ["celery -A a b"]
    assert commands('exec "$@"', ("script", "sh", "-c", "a b")) == (("sh", "-c", "a b"),)


@pytest.mark.parametrize(
    "text", ["esac fi done ;; )", "case x in", "if then else", "case in in in", "fi; exec a"]
)
def test_what_is_no_shell_text_does_no_harm(text):
    assert isinstance(commands(text), tuple)
