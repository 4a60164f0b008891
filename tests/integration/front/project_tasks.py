"""The project has no tasks but ours."""

from invoke import Collection

import worktree_tasks as wt

ns = Collection(wt)
