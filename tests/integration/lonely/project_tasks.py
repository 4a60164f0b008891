"""The lonely project's tasks: ours."""

from invoke import Collection

import worktree_tasks as wt

ns = Collection(wt)
