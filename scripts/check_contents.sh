#!/bin/sh
# Nothing is shipped but what git knows: no key, output or note that lay about in the tree.
#   check_contents.sh FOLDER     (with a wheel and a source distribution)
set -eu

known=$(mktemp)
trap 'rm -f "$known"' EXIT INT TERM
git ls-files | sort >"$known"

strange=$({
    tar --list --file "$1"/*.tar.gz | sed 's,^[^/]*/,,' | grep -vx 'PKG-INFO'
    python3 -m zipfile --list "$1"/*.whl | sed '1d;s/ .*//' | grep -v '^vinofleet-[^/]*\.dist-info/'
} | sort -u | comm -13 "$known" -)
if [ -n "$strange" ]; then
    echo "dist/ holds files that are not in git: $strange" >&2
    exit 1
fi
echo "dist: nothing but what is in git"
