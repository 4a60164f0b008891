"""What holds for every tool."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worktree_tasks.configuration.drift.framework import Drift, Migration, files_among
from worktree_tasks.configuration.drift.framework_table import FRAMEWORKS

NAMES = st.sampled_from(
    ["", "1", "0001_initial", "2026_01_01_a", "V1__a.sql", "R__b.sql", "BASELINE", "f", "aaaa"]
)
VALUES = st.one_of(NAMES, st.text(max_size=6))
PATHS = st.sampled_from([
    "manage.py", "orders/migrations/0001_initial.py", "orders/apps.py", "alembic/versions/aaaa_x.py",
    "db/migrate/0001_initial.rb", "database/migrations/2026_01_01_a.php", "db/migration/V1__a.sql",
    "db/migration/R__b.sql", "prisma/migrations/1/migration.sql", "prisma/migrations/migration_lock.toml",
])  # fmt: skip
CONTENTS = st.one_of(
    st.binary(max_size=20),
    st.sampled_from([
        b"revision = 'aaaa'\ndown_revision = None\n",
        b"class Migration:\n    replaces = [('orders', '1')]\n",
        b"class Migration:\n    replaces = [7, ('a',), None]\nclass Config:\n    label = 5\n",
    ]),
)  # fmt: skip


@pytest.mark.parametrize("tool", FRAMEWORKS, ids=lambda one: one.name)
@settings(deadline=None)
@given(data=st.data())
def test_whatever_is_in_the_table_and_in_the_files_is_compared(tool, data):
    rows = data.draw(st.lists(st.tuples(*(VALUES for _ in tool.columns)), max_size=5))
    files = data.draw(st.dictionaries(PATHS, CONTENTS, max_size=6))
    found = tool.compare(rows, {path: files[path] for path in tool.chosen(files)})
    assert len(found.unknown) <= len(rows)
    assert len(found.pending) + len(found.changed) <= len(files)


@pytest.mark.parametrize("tool", FRAMEWORKS, ids=lambda one: one.name)
def test_nothing_applied_and_nothing_there_is_not_apart(tool):
    assert tool.compare([], {}) == Drift()


def test_files_are_found_by_the_end_of_their_path_or_by_what_is_in_their_name():
    paths = ["a/orders/migrations/0002_paid.py", "b/1a2b3c_x.py", "b/x1a2b3c.py", "c/0002_paid.py"]
    by_path = Migration("paid", path="orders/migrations/0002_paid.py")
    other = Migration("other", path="ders/migrations/0002_paid.py")
    by_name = Migration("1a2b3c", mention="1a2b3c")
    odd = Migration("?", mention="?")
    assert files_among([by_path, other, by_name, odd], paths) == {by_path: paths[0], by_name: paths[1]}
