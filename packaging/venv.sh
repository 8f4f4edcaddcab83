#!/bin/sh
# packaging/venv.sh DIR - make a Python environment in DIR, or say what is missing and how to get it.
# PYTHON chooses the interpreter (3.11 or newer). As root on Debian the missing package is installed.
set -eu
dir=$1
python=${PYTHON:-python3}

die() {
    printf 'cannot make %s: %s\n  remedy: %s\n' "$dir" "$1" "$2" >&2
    exit 1
}

can_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

command -v "$python" >/dev/null || {
    can_install || die "$python is not installed" "sudo apt-get install python3 python3-venv"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3 python3-venv >/dev/null
}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    die "$python is older than 3.11" "make PYTHON=/path/to/python3.11 …"

# Debian keeps ensurepip, without which an environment has no pip, in a package of its own.
"$python" -c 'import ensurepip, venv' 2>/dev/null || {
    can_install || die "$python lacks its venv module" "sudo apt-get install python3-venv"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null
}
[ -x "$dir/bin/pip" ] || "$python" -m venv --clear "$dir"
