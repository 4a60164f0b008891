"""`python -m worktree_tasks` is the program `worktree-tasks`."""

import sys

# Python looks first in the current directory, where a repository may have a `git.py`. Nothing is
# imported before that entry is removed, not even by the package.
if not sys.flags.safe_path:
    del sys.path[0]

try:
    from .interface.program import main

    main()
except KeyboardInterrupt:
    # Nothing was started yet.
    from .early_signals import interrupted

    sys.exit(interrupted(2))
