"""Env files: what is changed changes, every other byte stays, and both readers read the same."""

from __future__ import annotations

import io

import pytest
from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st

from worktree_tasks.configuration.env.env_file_text import (
    alternatives,
    parse,
    set_values,
    values,
    with_block,
    without_block,
)
from worktree_tasks.configuration.env.quoting import portable, quote

# What passwords are made of, weighted towards what breaks quoting; surrogates stand for undecodable bytes.
NASTY = st.text(st.sampled_from("$#'\"%@:/\\ {}=`!&ab1_é\n\r\t\udcff"), max_size=12)
ANYTHING = st.text(st.characters(exclude_characters="\0"), max_size=12)
NEWLINES = st.sampled_from(["\n", "\r\n"])
KEYS = ("A", "B_URL", "c.d")


@st.composite
def lines(draw):
    """One line of an env file, as people write them."""
    key = draw(st.sampled_from(KEYS))
    head = draw(st.sampled_from(["", "export ", "  "])) + key + draw(st.sampled_from(["=", " = ", "= "]))
    tail = draw(st.sampled_from(["", " ", " # it's a comment", '\t#"']))
    value = draw(NASTY)
    return draw(
        st.sampled_from(
            [
                head + quote(value, draw(st.sampled_from(["", "'", '"']))) + tail,
                f"{head}bare{tail}",
                f"{head}a$b${{A}}{tail}",
                f'{head}"x ${{A:-y}} \\n"{tail}',
                f"{head}'two\nlines'{tail}",
                head,
                f"{head}# nothing but a comment",
                "",
                "# a comment, A=1",
                "garbage here",
                "KEY_ALONE",
                "'A'=1",
            ]
        )
    )


@st.composite
def texts(draw):
    """An env file: byte order mark or not, either newline, with or without a final one."""
    newline = draw(NEWLINES)
    text = newline.join(draw(st.lists(lines(), max_size=6)))
    return draw(st.sampled_from(["", "\ufeff"])) + text + draw(st.sampled_from(["", newline]))


def read(text: str) -> dict[str, str | None]:
    return dict(dotenv_values(stream=io.StringIO(text), interpolate=False))


@pytest.mark.parametrize(
    ("text", "key", "value", "raw"),
    [
        ("A=1", "A", "1", "1"),
        ("export A=1\n", "A", "1", "1"),
        ("  export  A = 1  # c\r\n", "A", "1", "1"),
        ("A=a b # c\n", "A", "a b", "a b"),
        ("A=a#b\n", "A", "a#b", "a#b"),
        ("A=\n", "A", "", ""),
        ("A= # c\n", "A", "", ""),
        ("A=''\n", "A", "", "''"),
        ("A='it\\'s' # c\n", "A", "it's", "'it\\'s'"),
        ('A="x\\ny"\n', "A", "x\ny", '"x\\ny"'),
        ("A='x\r\ny'\r\nB=2", "A", "x\r\ny", "'x\r\ny'"),
        ("\ufeffA=1\n", "A", "1", "1"),
        ("\n\n# c\nA=${B}\n", "A", "${B}", "${B}"),
        ("'A'=1\n", "A", "1", "1"),
        ("A=\udcff\n", "A", "\udcff", "\udcff"),
        ("not an assignment\nA=1\n", "A", "1", "1"),
        ('B="open\nA=1\n', "A", "1", "1"),
    ],
)
def test_parse_finds_the_value_and_where_it_stands(text, key, value, raw):
    (assignment,) = (found for found in parse(text) if found.key == key)
    assert assignment.value == value
    assert text[assignment.start : assignment.end] == raw
    assert assignment.quote == (raw[:1] if raw[:1] in ("'", '"') else "")


def test_the_last_assignment_wins_and_nothing_is_expanded():
    assert values("A=1\nKEY\nB=$A ${A}\nA=2\n") == {"A": "2", "B": "$A ${A}"}


@given(texts())
def test_parse_reads_what_dotenv_reads(text):
    assert values(text) == {key: value for key, value in read(text).items() if value is not None}


def assigned(text: str) -> set[str]:
    """Return the values that a text assigns to A."""
    return {one.value for one in parse(text) if one.key == "A"}


@pytest.mark.parametrize(
    ("text", "new", "expected"),
    [
        ("# A=1\nexport A=1 # c\r\nB=1", "2", "# A=1\nexport A=2 # c\r\nB=1"),
        ("A=1\nA='1'\n", "2", "A=2\nA='2'\n"),
        ("A=   # c\n", "2", "A=2   # c\n"),
        ("A= 1\n", "", "A= \n"),
        ("A='1'\n", "", "A=''\n"),
        ('A="1" # c\n', "a$b", "A='a$b' # c\n"),
        ("A=1 # c\n", "a #b", "A='a #b' # c\n"),
        ("A=1\n", "a b", "A=a b\n"),
        ("A='[\n 1\n]'\n", "[\n 2\n]", "A='[\n 2\n]'\n"),
        ('A="[\r\n 1\r\n]"\r\n', "[\r\n 2\r\n]", 'A="[\r\n 2\r\n]"\r\n'),
        ('A="1"\n', "x\ny", 'A="x\\ny"\n'),
        ("B=1", "2", "B=1"),
    ],
)
def test_set_values_changes_the_value_and_keeps_its_style(text, new, expected):
    assert set_values(text, {("A", old): new for old in assigned(text)}) == expected


@pytest.mark.parametrize(
    ("text", "new", "expected"),
    [
        ("A=p://u:${P}@localhost:54/x\n", "p://u:${P}@db:5432/x", "A=p://u:${P}@db:5432/x\n"),
        ('A="p://u:$P@localhost:54/x"\n', "p://u:$P@db:5432/x", 'A="p://u:$P@db:5432/x"\n'),
        ('A="p://u:\\$P\\"@localhost"\n', 'p://u:\\$P"@db', 'A="p://u:\\$P\\"@db"\n'),
        ("A='${P}@localhost'\n", "${P}@db", "A='${P}@db'\n"),
        ("A=${REDIS_URL}\n", "redis://redis/3", "A=redis://redis/3\n"),
        ("A=a$b\n", "c$d", "A='c$d'\n"),
        ("A=$b x#\n", "$b #", "A='$b #'\n"),
    ],
)
def test_a_dollar_that_stays_keeps_its_meaning(text, new, expected):
    assert set_values(text, {("A", old): new for old in assigned(text)}) == expected


@given(texts(), NASTY | ANYTHING)
def test_set_values_reads_back_and_changes_no_other_byte(text, new):
    changed = set_values(text, {**{("A", old): new for old in assigned(text)}, ("MISSING", ""): "x"})
    before, after = parse(text), parse(changed)
    assert [found.key for found in after] == [found.key for found in before]
    gaps = []
    for whole, assignments in ((text, before), (changed, after)):
        edges = [0, *(edge for found in assignments for edge in (found.start, found.end)), len(whole)]
        gaps.append("".join(whole[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True)))
    assert gaps[0] == gaps[1]
    for old, found in zip(before, after, strict=True):
        # A value that no text can give to both readers is written for Compose.
        if old.key == "A" and portable(new):
            assert found.value == new
        elif old.key != "A":
            assert changed[found.start : found.end] == text[old.start : old.end]
    assert set_values(text, {(one.key, one.value): one.value for one in before}) == text


def test_each_assignment_of_a_name_is_changed_by_its_own_value():
    text = "U=here # c\nif x; then\n  export U='there'\nfi\nV=1\n"
    assert alternatives(text) == ({"U": "there", "V": "1"}, {"U": "here", "V": "1"})
    assert set_values(text, {("U", "here"): "new"}) == text.replace("here #", "new #")


@given(texts(), st.dictionaries(st.sampled_from(["P", "Q", "R"]), NASTY, max_size=3))
def test_the_block_comes_and_goes_without_a_trace(text, block):
    marked = with_block(text, block)
    assert without_block(marked) == text
    assert marked.startswith(text)
    assert with_block(marked, block) == marked
    assert with_block(marked, {}) == text
    assigned = values(marked[len(text) :])
    assert {key: value for key, value in assigned.items() if portable(block[key])} == {
        key: value for key, value in block.items() if portable(value)
    }


@given(ANYTHING)
def test_the_block_comes_and_goes_in_any_text(text):
    assert without_block(with_block(text, {"A": "1"})) == text


def test_the_block_uses_the_newlines_of_the_text():
    assert "\n" not in with_block("A=1\r\n", {"B": "2"}).replace("\r\n", "")
    assert "\r" not in with_block("A=1\n", {"B": "2"})


def test_the_block_stands_last_and_once_when_lines_were_added_after_it():
    text = with_block("A=1", {"B": "2"}) + "C=3\n"
    again = with_block(text, {"B": "4"})
    assert without_block(text) == "A=1\nC=3\n"
    assert again.startswith("A=1\nC=3\n# >>> worktree-tasks\n")
    assert again.count("B=") == 1


def test_a_block_that_lost_its_end_swallows_nothing():
    text = "# >>> worktree-tasks\nMINE=1\n"
    assert without_block(with_block(text, {"B": "2"})) == text


def test_values_of_the_block_can_be_sourced_by_a_shell():
    text = with_block("", {"A": "/a b/c.yaml", "B": "it's", "C": "1:2"})
    assert "A='/a b/c.yaml'\nB=\"it's\"\nC=1:2\n" in text
