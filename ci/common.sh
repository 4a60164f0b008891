# Shared by the scripts of this folder. Sourced, not run.

# Reads nothing from the caller, and works when stdin is closed.
exec </dev/null

say() { printf '==> %s\n' "$*"; }
die() { printf '%s: %s\n' "ci/${0##*/}" "$*" >&2; exit 1; }
is_root() { [[ $(id -u) == 0 ]]; }

# macOS has no timeout(1).
bounded() {
  if command -v timeout >/dev/null; then timeout "$@"; else shift; "$@"; fi
}

# `docker version` fails when no engine answers, on every client; `docker info` does not on older ones.
engine_answers() { bounded 10 docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

# at_least WANTED FOUND
at_least() { printf '%s\n%s\n' "$1" "$2" | sort -V -C; }

# quiet WHAT COMMAND...: shows the command's output only when it fails.
quiet() {
  local what=$1 start=$SECONDS output
  shift
  if output=$("$@" 2>&1); then
    say "$what ($((SECONDS - start)) s)"
  else
    printf '%s\n' "$output" | tail -n 30 >&2
    return 1
  fi
}

apt() { DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 "$@"; }

# The package lists have a lock of their own, which apt does not wait for. A foreign source that fails does not matter
# as long as the install that follows succeeds.
apt_update() {
  local try
  for try in 1 2 3 4 5; do
    apt update && return
    sleep "$try"
  done
  return 0
}

# Lists may never have been fetched, or be so old that their files are gone from the mirror.
apt_install_now() {
  apt install --no-install-recommends "$@" || { apt_update && apt install --no-install-recommends "$@"; }
}

apt_install() {
  quiet "installed $*" apt_install_now "$@" || die "apt-get could not install: $*"
}

# debian_mirror LABEL (Debian or Debian-Security): the machine's own. Which source is Debian's is known from its fetched
# lists only.
debian_mirror() {
  # shellcheck disable=SC2016
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' "Label: $1" | sort -u | head -n 1
}

# Fetches the lists if need be.
need_debian_mirror() {
  # shellcheck disable=SC2016
  [[ -n $(debian_mirror Debian) ]] || quiet "fetched package lists" apt_update
  [[ -n $(debian_mirror Debian) ]] || die "there is no Debian mirror among this machine's apt sources"
}
