#!/bin/sh
# Write locks/ anew: of each package the newest version that pyproject.toml admits and that has been out for a while,
# with the SHA-256 of each of its files, for every system and every Python that is supported.
#   renew_locks.sh UV COOL_OFF     such as "7 days": a poisoned release is mostly found, and withdrawn, within days
set -eu

uv=$1
cool_off=$2
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT INT TERM

# lock NAME WHAT_IT_IS ARGUMENTS...
lock() {
    name=$1
    echo "# $2. Written by \`make locks\`." >"$room/$name"
    shift 2
    "$uv" pip compile --quiet --no-header --no-annotate --emit-build-options --only-binary :all: --generate-hashes \
        --universal --fork-strategy fewest --python-version 3.11 --exclude-newer "$cool_off" "$@" >>"$room/$name"
}

lock dev.txt "What \`make\` installs" pyproject.toml --group dev --group notebook
lock user.txt "What vinofleet needs to run" pyproject.toml --constraint "$room/dev.txt"
lock supply.txt "What \`make audit\`, \`make sbom\` and \`make locks\` run" --group supply
lock fuzz.txt "What the coverage-guided half of \`make fuzz\` runs" --group fuzz
mkdir -p locks
mv "$room"/*.txt locks/
