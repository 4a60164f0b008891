"""`python -m worktree_tasks` is the program `worktree-tasks`."""

from .interface.program import main

main()
