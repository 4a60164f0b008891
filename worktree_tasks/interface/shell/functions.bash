# Printed by `worktree-tasks shell-init bash`. It starts no program before a function is called.

function __worktree_tasks { @program@ "$@"; }

# Hints name the program, which may not be on PATH.
command -v worktree-tasks >/dev/null || function worktree-tasks { __worktree_tasks "$@"; }

# Where `wt` went last, where it came from, and where it went before that, for `wt -`.
__worktree_tasks_been=()

function @prefix@wt {
  local code=0 directory
  # Asks if a new name is close to a known one.
  directory=$(__worktree_tasks --meant @prefix@wt \
    ${__worktree_tasks_been[@]+"${__worktree_tasks_been[@]/#/--been=}"} "$@") || code=$?
  # With code 10 the stack is already up, and only the directory has to change.
  case $code in
    0) __worktree_tasks --as @prefix@wt ${directory:+"--settled=$directory"} "$@" || code=$? ;;
    10) code=0 ;;
    *) return "$code" ;;
  esac
  # A stack that does not start is fixed in its worktree: only wrong use, a refusal and Ctrl-C keep you here.
  case $code in
    0 | 1 | 4) ;;
    *) return "$code" ;;
  esac
  if [[ $directory != /* || ! -d $directory ]]; then
    directory=$(__worktree_tasks --where wt ${directory:+"--settled=$directory"} "$@") || return "$code"
  fi
  __worktree_tasks_been=("$directory" "$PWD" "${__worktree_tasks_been[0]-}")
  builtin cd -- "$directory" || return
  return "$code"
}

function @prefix@wl { __worktree_tasks --as @prefix@wl "$@"; }

function @prefix@wstart { __worktree_tasks --as @prefix@wstart "$@"; }

function @prefix@wstop { __worktree_tasks --as @prefix@wstop "$@"; }

function @prefix@wr {
  local code=0 here=$PWD main
  # Leave a worktree before it is removed, and return if it was not removed.
  main=$(__worktree_tasks --leave wr "$@") && builtin cd -- "$main"
  __worktree_tasks --as @prefix@wr --from "$here" "$@" || code=$?
  if [[ $code -ne 0 && $PWD != "$here" && -d $here ]]; then builtin cd -- "$here"; fi
  return "$code"
}

function @prefix@wclean { __worktree_tasks --as @prefix@wclean "$@"; }

function __worktree_tasks_offer {
  local line
  COMPREPLY=()
  while IFS=$'\t' read -r line _; do
    printf -v line %q "$line"
    COMPREPLY+=("$line")
  done < <(__worktree_tasks --candidates "$1" "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}

function __worktree_tasks_complete {
  local name=${1##*/}
  __worktree_tasks_offer "${name#"@prefix@"}"
}

# Completes our tasks in Invoke; all others are left to what completed them before.
function __worktree_tasks_inv {
  if [[ -z $__worktree_tasks_before || " ${COMP_WORDS[*]:1:COMP_CWORD}" == *" wt."* ]]; then
    __worktree_tasks_offer inv
  else
    "$__worktree_tasks_before" "$@"
  fi
}

if [[ $(complete -p inv 2>/dev/null) =~ -F\ ([^ ]+) && ${BASH_REMATCH[1]} != __worktree_tasks_inv ]]; then
  __worktree_tasks_before=${BASH_REMATCH[1]}
fi

complete -o default -F __worktree_tasks_inv inv invoke
complete -F __worktree_tasks_complete worktree-tasks \
  @prefix@wt @prefix@wl @prefix@wstart @prefix@wstop @prefix@wr @prefix@wclean
