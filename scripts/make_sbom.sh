#!/bin/sh
# List what a user's install brings, with versions, licenses and who needs what, as CycloneDX JSON.
#   make_sbom.sh PYTHON CYCLONEDX_PY LOCK OUTPUT     (PYTHON has pip; what is installed for the list is thrown away)
set -eu

room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT INT TERM

"$1" -m venv --without-pip "$room/venv" # so nothing is in it that vinofleet does not bring
"$1" -m pip --quiet --disable-pip-version-check --python "$room/venv" install --require-hashes --requirement "$3"
mkdir -p "$(dirname "$4")"
"$2" environment --pyproject pyproject.toml --mc-type application --output-reproducible --validate \
    --output-format JSON --output-file "$4" "$room/venv"
echo "written: $4"
