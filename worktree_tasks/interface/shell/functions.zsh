# Printed by `worktree-tasks shell-init zsh`. It starts no program before a function is called.

function __worktree_tasks {
  @program@ "$@"
}

# Hints name the program, which may not be on PATH.
(( $+commands[worktree-tasks] )) || function worktree-tasks {
  __worktree_tasks "$@"
}

# Where `wt` went last, where it came from, and where it went before that, for `wt -`.
typeset -ga __worktree_tasks_been

function @prefix@wt {
  local code=0 directory
  # Asks if a new name is close to a known one.
  directory=$(__worktree_tasks --meant @prefix@wt "${(@)__worktree_tasks_been/#/--been=}" "$@") || code=$?
  # With code 10 the stack is already up, and only the directory has to change.
  case $code in
    (0) __worktree_tasks --as @prefix@wt ${directory:+"--settled=$directory"} "$@" || code=$? ;;
    (10) code=0 ;;
    (*) return $code ;;
  esac
  # A stack that does not start is fixed in its worktree: only wrong use, a refusal and Ctrl-C keep you here.
  case $code in
    (0|1|4) ;;
    (*) return $code ;;
  esac
  if [[ $directory != /* || ! -d $directory ]]; then
    directory=$(__worktree_tasks --where wt ${directory:+"--settled=$directory"} "$@") || return $code
  fi
  __worktree_tasks_been=("$directory" "$PWD" "${__worktree_tasks_been[1]-}")
  builtin cd -- "$directory" || return
  return $code
}

function @prefix@wl {
  __worktree_tasks --as @prefix@wl "$@"
}

function @prefix@wstart {
  __worktree_tasks --as @prefix@wstart "$@"
}

function @prefix@wstop {
  __worktree_tasks --as @prefix@wstop "$@"
}

function @prefix@wr {
  local code=0 here=$PWD main
  # Leave a worktree before it is removed, and return if it was not removed.
  main=$(__worktree_tasks --leave wr "$@") && builtin cd -- "$main"
  __worktree_tasks --as @prefix@wr --from "$here" "$@" || code=$?
  if [[ $code -ne 0 && $PWD != "$here" && -d $here ]]; then
    builtin cd -- "$here"
  fi
  return $code
}

function @prefix@wclean {
  __worktree_tasks --as @prefix@wclean "$@"
}

function __worktree_tasks_offer {
  local line
  local -a found
  for line in ${(f)"$(__worktree_tasks --candidates "$1" "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)"}; do
    found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
  done
  (( $#found )) && _describe -t worktree-tasks worktree-tasks found
}

function __worktree_tasks_complete {
  local name=${words[1]:t}
  __worktree_tasks_offer "${name#@prefix@}"
}

# Completes our tasks in Invoke; all others are left to what completed them before, which may be compctl.
function __worktree_tasks_inv {
  if [[ " ${words[2,CURRENT]}" == *" wt."* ]]; then
    __worktree_tasks_offer inv
  elif [[ -n $__worktree_tasks_before ]]; then
    $__worktree_tasks_before "$@"
  elif [[ -n $(compctl -L inv 2>/dev/null) ]]; then
    _default
  else
    __worktree_tasks_offer inv || _default
  fi
}

function __worktree_tasks_compdef {
  # Runs once: at the first prompt, if compinit comes after this text.
  precmd_functions=("${(@)precmd_functions:#__worktree_tasks_compdef}")
  (( $+functions[compdef] )) || return 0
  [[ ${_comps[inv]} == __worktree_tasks_inv ]] || typeset -g __worktree_tasks_before=${_comps[inv]}
  compdef __worktree_tasks_inv inv invoke
  compdef __worktree_tasks_complete worktree-tasks \
    @prefix@wt @prefix@wl @prefix@wstart @prefix@wstop @prefix@wr @prefix@wclean
}

if (( $+functions[compdef] )); then
  __worktree_tasks_compdef
else
  typeset -ga precmd_functions
  precmd_functions+=(__worktree_tasks_compdef)
fi
