# Printed by `worktree-tasks shell-init fish`. It starts no program before a function is called.

function __worktree_tasks
    @program@ $argv
end

# Hints name the program, which may not be on PATH.
type --query worktree-tasks
or function worktree-tasks
    __worktree_tasks $argv
end

# Where `wt` went last, where it came from, and where it went before that, for `wt -`.
set --global __worktree_tasks_been

function @prefix@wt --description 'Open or start a worktree, and go there'
    # A command substitution reads from the terminal, even if the function does not.
    set -l asks
    test -t 0
    or set asks --no-terminal
    # Asks if a new name is close to a known one.
    set -l directory (__worktree_tasks --meant @prefix@wt $asks --been=$__worktree_tasks_been $argv)
    set -l code $status
    contains -- $code 0 10
    or return $code
    set directory (string join -- \n $directory | string collect)
    set -l settled
    test -n "$directory"
    and set settled "--settled=$directory"
    # With code 10 the stack is already up, and only the directory has to change.
    if test $code -eq 0
        __worktree_tasks --as @prefix@wt $settled $argv
        set code $status
    else
        set code 0
    end
    # A stack that does not start is fixed in its worktree: only wrong use, a refusal and Ctrl-C keep you here.
    contains -- $code 0 1 4
    or return $code
    if not string match --quiet -- '/*' "$directory"; or not test -d "$directory"
        set directory (__worktree_tasks --where wt $settled $argv | string collect)
        test -n "$directory"
        or return $code
    end
    set --global __worktree_tasks_been $directory $PWD $__worktree_tasks_been[1]
    cd -- $directory
    or return
    return $code
end

function @prefix@wl --description 'List the worktrees of a project'
    __worktree_tasks --as @prefix@wl $argv
end

function @prefix@wstart --description 'Bring the stack of a worktree up'
    __worktree_tasks --as @prefix@wstart $argv
end

function @prefix@wstop --description 'Stop the stack of a worktree'
    __worktree_tasks --as @prefix@wstop $argv
end

function @prefix@wr --description 'Remove a worktree, and leave it first'
    set -l here $PWD
    # Leave a worktree before it is removed, and return if it was not removed.
    set -l main (__worktree_tasks --leave wr $argv | string collect)
    test -n "$main"
    and cd -- $main
    __worktree_tasks --as @prefix@wr --from $here $argv
    set -l code $status
    if test $code -ne 0 -a "$PWD" != "$here" -a -d "$here"
        cd -- $here
    end
    return $code
end

function @prefix@wclean --description 'Remove worktrees whose work is merged into the base'
    __worktree_tasks --as @prefix@wclean $argv
end

function __worktree_tasks_complete --argument-names name
    set -l words (commandline --cut-at-cursor --tokenize --current-process)
    __worktree_tasks --candidates $name $words[2..] (commandline --cut-at-cursor --current-token) 2>/dev/null
end

# Other completions for Invoke stay as they are; after one of our tasks, a NAME is never a file.
function __worktree_tasks_in_inv
    string match --quiet 'wt.*' -- (commandline --cut-at-cursor --tokenize --current-process)
end

complete --command inv --command invoke --arguments '(__worktree_tasks_complete inv)'
complete --command inv --command invoke --condition __worktree_tasks_in_inv --no-files
complete --command worktree-tasks --no-files --arguments '(__worktree_tasks_complete worktree-tasks)'
complete --command @prefix@wt --no-files --arguments '(__worktree_tasks_complete wt)'
complete --command @prefix@wl --no-files --arguments '(__worktree_tasks_complete wl)'
complete --command @prefix@wstart --no-files --arguments '(__worktree_tasks_complete wstart)'
complete --command @prefix@wstop --no-files --arguments '(__worktree_tasks_complete wstop)'
complete --command @prefix@wr --no-files --arguments '(__worktree_tasks_complete wr)'
complete --command @prefix@wclean --no-files --arguments '(__worktree_tasks_complete wclean)'
