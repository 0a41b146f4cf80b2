#!/bin/sh
# Write constraints.txt anew: the newest versions that pyproject.toml admits, resolved in a fresh environment.
#   renew_constraints.sh PYTHON     (use the oldest Python that is supported)
set -eu

room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT INT TERM
"$1" -m venv "$room"
pip="$room/bin/python -m pip --disable-pip-version-check"
$pip install --quiet --upgrade pip
$pip install --quiet --group dev --group notebook
$pip install --quiet --no-build-isolation --editable .
{
    echo "# The exact versions that \`make\` installs; the project itself takes ranges (pyproject.toml)."
    echo "# Resolved on $("$1" -c 'import sys; print("Python %d.%d" % sys.version_info[:2])'). Renew with \`make constraints\`."
    $pip freeze --all --exclude-editable | grep -v '^setuptools=='
} >"$room/constraints.txt"
mv "$room/constraints.txt" constraints.txt
