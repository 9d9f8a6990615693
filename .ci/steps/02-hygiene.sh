#!/usr/bin/env bash
# timeout: 60
# Nothing in the repository names the machine that it is checked on, holds a secret, or is badly kept.
. "$(dirname "$0")/../env.sh"

git rev-parse --git-dir >/dev/null 2>&1 || skip "not a git checkout: there is no list of the project's files"
bad=0

# Fails when a tracked text file has a line that matches.
#   none_of WHAT GREP-OPTION PATTERN [PATHSPEC…]
none_of() {
  local what=$1 option=$2 pattern=$3
  shift 3
  title "no $what"
  if git --no-pager grep -nI "$option" -e "$pattern" -- . "$@"; then
    echo "error: $what in the lines above" >&2
    bad=1
  fi
}

# Material that speaks of files and machines because attacks do.
fixtures=(':!tests/cases' ':!examples/data' ':!fuzz/corpus')

none_of "trailing white space" -E '[[:blank:]]+$' ':!fuzz/corpus' ':!*.stderr' ':!*.snap' ':!examples/data'
none_of "merge conflict" -E '^(<<<<<<<|>>>>>>>|=======$)'
none_of "machine path" -P '(?<![\w.~*\]}-])/(wor[k]|roo[t])/' "${fixtures[@]}"
none_of "path out of the repository" -F '../share''d'

# Names of hosts, home folders, proxies and package registries differ from one machine to the next, so they are asked for
# rather than listed.
local_names() {
  hostname 2>/dev/null
  local home=${HOME%/}
  [[ ${#home} -gt 6 ]] && echo "$home"
  git rev-parse --show-toplevel
  {
    env | grep -iE '^(cargo|rustup|pip|npm|uv|http|https|all)_[^=]*=' || true
    cat "${CARGO_HOME:-$HOME/.cargo}"/config{,.toml} "$HOME"/.config/pip/pip.conf "$HOME"/.pip/pip.conf /etc/pip.conf \
      "$HOME"/.npmrc 2>/dev/null || true
  } | grep -oE 'https?://[^/"'"'"' ]+' | sed -E 's|https?://([^@]*@)?||; s|:[0-9]+$||'
}
while read -r name; do
  case $name in
    '' | localhost | 127.0.0.1 | crates.io | static.crates.io | index.crates.io | github.com | pypi.org) ;;
    ????*) none_of "name of the machine or of its registries" -F "$name" ;;
  esac
done < <(local_names | sort -u)

title "no package from elsewhere than crates.io"
if git grep -hE '^source = ' -- '*Cargo.lock' | sort -u | grep -vF '"registry+https://github.com/rust-lang/crates.io-index"'; then
  echo "error: other sources in the lock files" >&2
  bad=1
fi

# The one that AWS prints in its manuals is nobody's.
secret='AKIA(?!IOSFODNN7EXAMPLE)[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60}|glpat-[A-Za-z0-9_-]{20}|xox[abprs]-[0-9A-Za-z-]{20}'
secret+='|\bsk-(?:proj-|ant-api\d\d-)?(?=\w*[A-Z])(?=\w*\d)\w{32}|sk_live_[A-Za-z0-9]{20}|AIza[0-9A-Za-z_-]{35}|-----BEGIN [A-Z ]*PRIVATE KEY-----[\n ]*[A-Za-z0-9+/=]{20}'
secret+='|eyJ[A-Za-z0-9_-]{15,}\.eyJ[A-Za-z0-9_-]{15,}\.[A-Za-z0-9_-]{20}|npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50}'
none_of "committed secret, nor one that looks real" -P "$secret"

title "no file over 1 MiB"
while IFS= read -r -d '' file; do
  if [[ -f $file ]] && (($(wc -c <"$file") > 1048576)); then
    echo "error: $file" >&2
    bad=1
  fi
done < <(git ls-files -z)

exit $bad
