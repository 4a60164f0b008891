# Printed by `worktree-tasks shell-init bash`. Starts no program before a function is called.

function __worktree_tasks { @program@ "$@"; }

# What is advised names the program, which may be in no directory of PATH.
command -v worktree-tasks >/dev/null || function worktree-tasks { __worktree_tasks "$@"; }

# Where `wt` went last, where it left, and where it went before: what `wt -` goes back to.
__worktree_tasks_been=()

function @prefix@wt {
  local code=0 directory
  # Asks where a new name is close to another.
  directory=$(__worktree_tasks --meant @prefix@wt \
    ${__worktree_tasks_been[@]+"${__worktree_tasks_been[@]/#/--been=}"} "$@") || code=$?
  # With 10 it has seen that nothing is left to do but to go there.
  case $code in
    0) __worktree_tasks --as @prefix@wt ${directory:+"--settled=$directory"} "$@" || code=$? ;;
    10) code=0 ;;
    *) return "$code" ;;
  esac
  # A stack that does not start is fixed where it is: only wrong use, a refusal and Ctrl-C leave you where you were.
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
  # Who stands in what goes away leaves it first, and is back when it stays.
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

# Tasks of ours in Invoke; for all others it is asked what completed them before.
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
