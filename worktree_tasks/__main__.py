"""`python -m worktree_tasks` is the program `worktree-tasks`."""

import sys

# Python looks first in the directory that one stands in, where a repository may have a `git.py`. Nothing is
# imported before that is over, not even by the package.
if not sys.flags.safe_path:
    del sys.path[0]

try:
    from .interface.program import main

    main()
except KeyboardInterrupt:
    # Nothing was begun yet.
    from .early import interrupted

    sys.exit(interrupted(2))
