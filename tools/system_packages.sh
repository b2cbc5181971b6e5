#!/bin/sh
# Install what tests and site use of the system, where Debian's or Ubuntu's package manager is:
# bubblewrap (the grader's sandbox), Chromium (notebooks in a real browser), MathJax (formulas).
set -eu
missing=""
command -v bwrap >/dev/null 2>&1 || missing="$missing bubblewrap"
command -v chromium >/dev/null 2>&1 || missing="$missing chromium fonts-dejavu-core"
[ -d /usr/share/javascript/mathjax ] || missing="$missing libjs-mathjax"
[ -z "$missing" ] && exit 0
if ! command -v apt-get >/dev/null 2>&1; then
    echo "Please install:$missing (the tests that need them will say so)." >&2
    exit 0
fi
as_root=""
if [ "$(id -u)" -ne 0 ]; then as_root="sudo"; fi
$as_root apt-get update -qq
# shellcheck disable=SC2086
$as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
