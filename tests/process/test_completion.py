"""Completion in real shells: what stands after a Tab.

bash is everywhere; zsh and fish are tried where they are installed, and must be in CI.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.process.roles import ROOT

pytestmark = pytest.mark.process

MODELS = ("person-detection-0200", "person-detection-0201", "person-detection-0202", "person-detection-0203")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A folder with a command `vinofleet`, and a file to be completed."""
    program = tmp_path / "bin" / "vinofleet"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -P -m vinofleet "$@"\n')
    program.chmod(0o755)
    (tmp_path / "clip.mp4").touch()
    return program.parent


def said(path: Path, shell: str, script: str) -> list[str]:
    """What a shell prints."""
    if shutil.which(shell) is None:
        obstacle = f"{shell} is not installed"
        pytest.fail(obstacle) if "CI" in os.environ else pytest.skip(obstacle)
    environment = {
        **os.environ,
        "PATH": f"{path}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HOME": str(path),
    }
    options = ("-f",) if shell == "zsh" else ()
    done = subprocess.run(
        [shell, *options, "-c", script], env=environment, cwd=path.parent, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout.split()


def in_bash(path: Path, *lines: str) -> list[list[str]]:
    """What bash has after a Tab at the end of each line."""
    asks = []
    for line in lines:
        words = shlex.split(line) + ([""] if line.endswith(" ") else [])
        quoted = " ".join(map(shlex.quote, words))
        asks.append(
            f"COMPREPLY=(); COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; "
            '_vinofleet_completion vinofleet; echo "${COMPREPLY[@]}" ";"'
        )
    script = "\n".join(['eval "$(vinofleet completion bash)"', 'compopt() { COMPREPLY+=("$@"); }', *asks])
    return [words.split() for words in " ".join(said(path, "bash", script)).split(";")[:-1]]


def test_bash_completes_what_is_typed_and_files_by_itself(path: Path) -> None:
    """By the script that is printed, and bash's own way to call it."""
    commands, modes, files = in_bash(
        path, "vinofleet com", "vinofleet compare clip.mp4 --modes sync,f", "vinofleet run cl"
    )
    assert commands == ["compare", "completion"]
    assert modes == ["sync,fleet"]
    assert files == ["-o", "default"]


def test_fish_completes(path: Path) -> None:
    """By asking it what it would offer."""
    script = "vinofleet completion fish | source; complete -C 'vinofleet run --model person-detection'"
    assert said(path, "fish", script) == list(MODELS)


def test_zsh_takes_the_script_and_asks(path: Path) -> None:
    """The function is bound to the command; what it adds is caught where zsh's own would show it."""
    script = """
        autoload -Uz compinit; compinit -u -D
        eval "$(vinofleet completion zsh)"
        echo $_comps[vinofleet]
        compadd() { print -l -- "${completions[@]}" }
        words=(vinofleet run --model person-detection); CURRENT=4
        _vinofleet_completion
    """
    assert said(path, "zsh", script) == ["_vinofleet_completion", *MODELS]
