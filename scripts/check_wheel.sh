#!/bin/sh
# Use the wheel as a stranger would: in an environment of its own, from a folder that is not the source tree.
#   check_wheel.sh PYTHON WHEEL LOCK     (what the wheel needs, each file of it by its digest)
set -eu

python=$1
wheel=$(realpath "$2")
lock=$(realpath "$3")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT INT TERM
cd "$room"

packages=$("$python" - "$wheel" <<'PY'
import sys, zipfile
print(*sorted({name.split("/")[0] for name in zipfile.ZipFile(sys.argv[1]).namelist()}))
PY
)
case $packages in
"collector common producer vinofleet vinofleet-"*".dist-info worker") ;;
*) echo "the wheel ships other than the five packages: $packages" >&2; exit 1 ;;
esac

"$python" -m venv venv
pip="venv/bin/python -m pip --quiet --disable-pip-version-check"
# A file with another digest than the lock's is not installed.
sed 's/sha256:....../sha256:000000/' "$lock" >forged.txt
! $pip install --require-hashes --requirement forged.txt >forged.log 2>&1
grep -q "DO NOT MATCH THE HASHES" forged.log || { cat forged.log >&2; exit 1; }
$pip install --require-hashes --requirement "$lock"
$pip install --no-deps --no-index "$wheel"
$pip check
venv/bin/vinofleet --version
venv/bin/vinofleet --help >help.txt
for role in producer worker collector; do
    grep -q "  $role " help.txt
    venv/bin/python -m "$role" --help >/dev/null
    venv/bin/vinofleet "$role" --help >/dev/null
done
# Files that are no modules: the models' manifest and the embedded model, schemas, the style of the report's page.
venv/bin/vinofleet models list >models.txt
grep -q "^person-detection-0202 " models.txt
grep -q "^vinofleet-person .* installed$" models.txt
for name in report results config compare bench tune keys; do
    venv/bin/vinofleet schema "$name" >/dev/null
done
venv/bin/vinofleet collector --bind 'tcp://127.0.0.1:*' --timeout 0.1 --report page.html 2>/dev/null || test $? = 10
test -s page.html
venv/bin/vinofleet run 'synthetic://counter?frames=10' --model scripted:// >summary.txt
grep -q "^captured 10 = ok 10 " summary.txt
venv/bin/vinofleet completion bash | grep -q "complete .*vinofleet"
# The embedded model's weights, and a run with everything on.
venv/bin/vinofleet demo shown --frames 50 >demo.txt
grep -q "^captured 50 = ok 50 " demo.txt
test -s shown/demo.mp4
test -s shown/demo.png
echo "wheel: installs, starts, ships $packages"
