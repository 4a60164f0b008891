"""The toy project's own tasks, which chain ours."""

from invoke import Collection, task

import worktree_tasks as wt


@task
def review(c, branch):
    """Open a worktree and write a file through its worker."""
    tree = wt.new(c, branch)
    wt.run(c, tree.name, "worker", "touch /scratch/reviewed")


@task
def chain(c, branch):
    """Make a worktree step by step, and take its stack down again."""
    wt.add_worktree(c, branch)
    wt.allocate_port(c, branch)
    wt.copy_files(c, branch)
    wt.write_env(c, branch)
    wt.write_compose(c, branch)
    wt.ensure_network(c, branch)
    up = wt.compose_up(c, branch)
    wt.run(c, up.name, "worker", "touch /scratch/chained")
    wt.compose_down(c, branch)


ns = Collection(review, chain, wt)
