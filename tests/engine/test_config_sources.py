"""What Compose reads: whatever changes its answer changes the state of the sources, or they are unknown."""

from __future__ import annotations

import base64
import json
import os
from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from worktree_tasks.engine import compose_command
from worktree_tasks.engine.compose_command import Invocation
from worktree_tasks.engine.config_sources import sources

if TYPE_CHECKING:
    from pathlib import Path

WEB = "services:\n  web:\n    image: web\n"


def _answer(call: Invocation) -> tuple[str, str]:
    result = compose_command.run(call, "config", "--format", "json", check=False, seconds=60)
    assert result.code == 0, result.err
    return result.out, result.err


def _state(call: Invocation) -> str | None:
    found = sources(call)
    return found and found.state(call, os.devnull)


def _binary(text: str) -> str:
    return f"!!binary {base64.b64encode(text.encode()).decode()}"


MERGED = "x-a: &a {env_file: a.env}\nx-b: &b {env_file: [b.env], environment: {X: }}\n"
# The compose file, and the name of an env file that it names.
FILES = {
    "alone": (WEB + "    env_file: a.env\n", "a.env"),
    "that need not be there": (WEB + "    env_file: [{path: a.env, required: false}]\n", "a.env"),
    "of labels": (WEB + "    label_file: a.env\n", "a.env"),
    "in a later document": (WEB + "---\nservices: {web: {env_file: a.env}}\n", "a.env"),
    "in a fragment": (MERGED + WEB + "    <<: *a\n", "a.env"),
    "in one of two fragments": (MERGED + WEB + "    <<: [*a, *b]\n", "a.env"),
    "in a fragment below a tag": (MERGED + "services: {web: !override {<<: *b, image: web}}\n", "b.env"),
    "by an alias for the key": ("x-k: &k env_file\n" + WEB + "    *k : a.env\n", "a.env"),
    "that YAML 1.1 takes for a number": (WEB + "    env_file: 1:30\n", "1:30"),
    "that YAML 1.1 takes for a truth": (WEB + "    env_file: no\n", "no"),
    "beside a link that leads away": (WEB + "    env_file: link/../a.env\n", "a.env"),
    "behind a link": (WEB + "    env_file: link/a.env\n", "far/away/a.env"),
    "in UTF-16": ((WEB + "    env_file: a.env\n").encode("utf-16"), "a.env"),
    "as binary data": (WEB + f"    env_file: {_binary('a.env')}\n", "a.env"),
    "by a variable": (WEB + "    env_file: ${NOBODY_SETS_IT:-a}.env\n", "a.env"),
}  # fmt: skip


@pytest.mark.usefixtures("compose_program")
@pytest.mark.parametrize(("text", "name"), FILES.values(), ids=FILES)
def test_an_env_file_counts_that_is_named(text, name, tmp_path):
    (tmp_path / "far" / "away").mkdir(parents=True)
    (tmp_path / "link").symlink_to("far/away")
    for one in ("a.env", "b.env", name):
        (tmp_path / one).write_text("A=1\n")
    (tmp_path / "compose.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    _check(tmp_path, partial((tmp_path / name).write_text, "A=2\n"))


# The compose file, an env file of its service, and the variable.
VARIABLES = {
    "in a text": ("    command: ${A:-${B:-x}}\n", "", "B"),
    "behind an escape": ("    command: $$$$$A\n", "", "A"),
    "with a letter that Compose takes for a k": ("    command: $A\u212aB\n", "", "A\u212aB"),
    "with a letter behind it": ("    command: $A\u0131\n", "", "A"),
    "in binary data": (f"    command: {_binary('$A')}\n", "", "A"),
    "by name alone": ("    environment: [A]\n", "", "A"),
    "by name alone, as a key": ("    environment: {A: }\n", "", "A"),
    "by name alone, as a build argument": ("    build: {context: ., args: [A]}\n", "", "A"),
    "by a name with a space": ("    environment: [A B]\n", "", "A B"),
    "by a name that YAML 1.1 takes for a truth": ("    environment: [yes]\n", "", "yes"),
    "by a name that another variable gives": ("    environment: ['${NOBODY_SETS_IT:-A}']\n", "", "A"),
    "in a fragment": ("    environment: {<<: [{A: }]}\n", "", "A"),
    "in an env file": ("", "X=${A:-x}\n", "A"),
    "in an env file, by name alone": ("", "export A\n", "A"),
    "in an env file of Windows": ("", "A\r\nX=1\r\n", "A"),
    "in an env file with a byte order mark": ("", "\ufeffA\n", "A"),
    "in an env file, between other spaces": ("", "\vA\u00a0\n", "A"),
    "in an env file, with a tab": ("", "A\tB\n", "A\tB"),
    "in an env file, behind a value": ("", "X='1' A\n", "A"),
    "in an env file, with a full stop": ("", "A.B\n", "A.B"),
    "in an env file, as an escape": ("", 'X="${\\0101}"\n', "A"),
    "in an env file, behind a dollar sign that is escaped": ("", 'X="\\$$A"\n', "A"),
}


@pytest.mark.usefixtures("compose_program")
@pytest.mark.parametrize(("service", "text", "name"), VARIABLES.values(), ids=VARIABLES)
def test_a_variable_counts_that_is_named(service, text, name, monkeypatch, tmp_path):
    (tmp_path / "a.env").write_bytes(text.encode())
    (tmp_path / "compose.yaml").write_text(WEB + "    env_file: a.env\n" + service)
    monkeypatch.delenv(name, raising=False)
    _check(tmp_path, partial(monkeypatch.setenv, name, "new"))


@pytest.mark.usefixtures("compose_program")
def test_a_link_counts_that_is_watched_and_leads_elsewhere(tmp_path):
    (tmp_path / "link").symlink_to("one")
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    watch = "    build: .\n    develop: {watch: [{path: link, action: rebuild}]}\n"
    (tmp_path / "compose.yaml").write_text(WEB + watch)

    def lead_elsewhere() -> None:
        (tmp_path / "link").unlink()
        (tmp_path / "link").symlink_to("two")

    _check(tmp_path, lead_elsewhere)


def _check(folder: Path, change) -> None:
    call = Invocation(folder, (folder / "compose.yaml",), project="shop")
    answer, state = _answer(call), _state(call)
    change()
    assert _answer(call) != answer
    assert state is None or _state(call) != state


NAMES = ("A", "B", "C.D")
_spaces = st.sampled_from(["", " ", "\t", "\u00a0", "\v"])
_alone = st.builds(
    "{}{}{}{}".format, _spaces, st.sampled_from(["", "export "]), st.sampled_from(NAMES), _spaces
)
_parts = [
    "x",
    " ",
    "$A",
    "${B}",
    "${A:-$B}",
    "${A:+b}",
    "$$",
    "$$$A",
    "=",
    ":",
    "#",
    "\\$",
    "\\n",
    "\\0101",
    "\\044A",
    "A\u0131",
]
_value = st.lists(st.sampled_from(_parts), max_size=4).map("".join)
_line = st.one_of(
    _alone,
    st.builds("X={}".format, _value),
    st.builds("Y: '{}'{}".format, _value, st.one_of(_spaces, _alone)),
    st.builds('Z="{}"{}'.format, _value, st.one_of(_spaces, _alone)),
)
_env_file = st.builds(
    "{1}{0}".format, st.sampled_from(["\n", "\r\n"]), st.lists(_line, max_size=3).map("\n".join)
)


@pytest.mark.usefixtures("compose_program")
@settings(
    max_examples=4,
    deadline=None,
    phases=[Phase.generate],  # to make an example smaller takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(texts=st.lists(_env_file, min_size=25, max_size=25))
def test_each_variable_counts_that_changes_what_an_env_file_gives(texts, tmp_path, monkeypatch):
    one = "services: {{s{0}: {{image: x, env_file: e{0}.env}}}}\n"
    for number, text in enumerate(texts):
        (tmp_path / f"e{number}.env").write_bytes(text.encode())
        (tmp_path / f"{number}.yaml").write_text(one.format(number))
    calls = [Invocation(tmp_path, (tmp_path / f"{number}.yaml",)) for number in range(len(texts))]
    everything = Invocation(tmp_path, tuple(file for call in calls for file in call.files), project="shop")
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    before, states = json.loads(_answer(everything)[0])["services"], [_state(call) for call in calls]
    for name in NAMES:
        with monkeypatch.context() as patched:
            patched.setenv(name, "new")
            after = json.loads(_answer(everything)[0])["services"]
            for number, (call, state) in enumerate(zip(calls, states, strict=True)):
                changed = after[f"s{number}"] != before[f"s{number}"]
                assert not changed or state is None or _state(call) != state, texts[number]


def test_no_yaml_is_loaded_for_a_file_that_includes_others(project):
    project.write("compose.yaml", f"include: [other.yaml]\n{WEB}")
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from worktree_tasks.engine.compose_command import Invocation\n"
        "from worktree_tasks.engine.config_sources import sources\n"
        "here = Path.cwd()\n"
        "print(sources(Invocation(here, (here / 'compose.yaml',))), 'yaml' in sys.modules)\n"
    )
    assert project.python(code).out == "None False\n"


UNKNOWN = {
    "an include": "include: [other.yaml]\n" + WEB,
    "an include in braces": "{include: [other.yaml], services: {web: {image: web}}}\n",
    "an include by a merge": "x-a: &a {include: [other.yaml]}\n<<: *a\n" + WEB,
    "an extended service elsewhere": WEB + "    extends: {file: other.yaml, service: web}\n",
    "one by a merge": "x-a: &a {file: o.yaml, service: w}\n" + WEB + "    extends: {<<: *a}\n",
    "a file of a home directory": WEB + "    env_file: ~/a.env\n",
    "no YAML": "services: {",
    "what is nested deeply": "[" * 100_000,
    "what is nested deeply and ends": "[" * 30_000 + "]" * 30_000,
}


@pytest.mark.parametrize("text", UNKNOWN.values(), ids=UNKNOWN)
def test_only_compose_can_tell_what_it_reads_for(text, tmp_path):
    (tmp_path / "compose.yaml").write_text(text)
    assert sources(Invocation(tmp_path, (tmp_path / "compose.yaml",))) is None


def test_aliases_that_repeat_each_other_or_themselves_take_no_time(tmp_path):
    repeated = "".join(f"x{number}: &x{number} [{f'*x{number - 1}, ' * 9}]\n" for number in range(1, 30))
    text = "x0: &x0 [A]\n" + repeated + WEB + "    environment: &a {<<: [*x29, *a]}\n    env_file: *x29\n"
    (tmp_path / "compose.yaml").write_text(text)
    found = sources(Invocation(tmp_path, (tmp_path / "compose.yaml",)))
    assert found is not None
    assert {"A", "<<"} == set(found.variables)


def test_a_compose_file_that_is_a_pipe_is_left_to_compose(tmp_path):
    os.mkfifo(tmp_path / "compose.yaml")
    assert sources(Invocation(tmp_path, (tmp_path / "compose.yaml",))) is None


def test_a_service_that_extends_another_here_and_env_files_that_are_none_are_known(tmp_path):
    (tmp_path / "compose.yaml").write_text(WEB + "    extends: other\n    env_file: [.env, /dev/null, sub]\n")
    (tmp_path / "sub").mkdir()
    assert _state(Invocation(tmp_path, (tmp_path / "compose.yaml",)))
