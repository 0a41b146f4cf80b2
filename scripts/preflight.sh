#!/bin/sh
# Say plainly what this machine lacks, and which Debian or Ubuntu package has it.
#   preflight.sh interpreter PYTHON   before the virtual environment is made
#   preflight.sh libraries PYTHON     after the packages are installed: can they be loaded?
set -eu

fail() {
    echo "vinofleet: $1" >&2
    echo "  $2" >&2
    exit 1
}

interpreter() {
    command -v "$1" >/dev/null 2>&1 ||
        fail "there is no $1 here" "install Python 3.11 or later (Debian 12, Ubuntu 24.04: apt install python3 python3-venv), or name one: make PYTHON=/path/to/python3.12"
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "$1 is $("$1" -V 2>&1); 3.11 or later is needed" "name a newer one: make PYTHON=python3.12"
    "$1" -c 'import venv, ensurepip' 2>/dev/null ||
        fail "$1 cannot make virtual environments" "apt install python3-venv"
}

libraries() {
    error=$("$1" -c 'import av, cv2, msgpack, numpy, openvino, zmq' 2>&1) && return
    case $error in
    *libGL.so* | *libglib* | *libgthread*)
        fail "OpenCV finds a system library missing: ${error##*Error: }" "apt install libgl1 libglib2.0-0" ;;
    *) fail "a package that was just installed does not load" "$error" ;;
    esac
}

"$1" "$2"
