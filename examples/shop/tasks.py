from invoke import Collection, task

import worktree_tasks as wt


@task
def review(c, branch):
    """Give a branch its own running stack, with its migrations applied."""
    tree = wt.new(c, branch)
    wt.run(c, tree.name, "web", "python manage.py migrate")
    print(tree.url)


ns = Collection(review, wt)
