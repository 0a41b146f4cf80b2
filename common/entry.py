"""How every command of vinofleet ends: one line on stderr for a person, one exit code for a script.

It guarantees that no traceback reaches a person who did not ask for one (`--debug` anywhere before `--` on the command
line, or VINOFLEET_DEBUG=1) and that every way out has a code of `common.exits`. It knows nothing of what commands do.
"""

from __future__ import annotations

import errno
import os
import sys
import traceback
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Final, NoReturn, cast

import click

from common.errors import VinofleetError, one_line
from common.exits import Exit
from common.install_check import check_install

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DEBUG_FLAG: Final = "--debug"
DEBUG_VARIABLE: Final = "VINOFLEET_DEBUG"
_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
LIBRARY_MISSING: Final = "cannot open shared object file"
"""How the dynamic loader words it; ImportError carries no other sign of this cause."""


def run_role(role: str) -> NoReturn:
    """Run `<role>.cli:command` as `python -m <role>`; see `run_command`."""
    _run(lambda: load_command(f"{role}.cli:command"), sys.argv[1:], f"python -m {role}")


def run_command(command: click.Command, arguments: Sequence[str] | None = None, program: str = "vinofleet") -> NoReturn:
    """Run a click command as a process: never returns, exits with the command's code.

    A command ends well by returning None or an `Exit`; it reports a failure by raising `VinofleetError`.

    Args:
        command: what to run.
        arguments: the command line without the program's name; `sys.argv[1:]` by default.
        program: the name that help and usage errors show.

    Raises:
        SystemExit: always; its code is an `Exit`.
    """
    _run(lambda: command, sys.argv[1:] if arguments is None else arguments, program)


def load_command(place: str) -> click.Command:
    """Import the click command at `module:attribute`."""
    module, _, attribute = place.partition(":")
    return cast("click.Command", getattr(import_module(module), attribute))


def split_debug(arguments: Sequence[str]) -> tuple[list[str], bool]:
    """Take `--debug` out of a command line, wherever it stands before `--`; the environment can set it too."""
    words = list(arguments)
    end = words.index("--") if "--" in words else len(words)
    rest = [word for word in words[:end] if word != DEBUG_FLAG]
    asked = len(rest) < end or os.environ.get(DEBUG_VARIABLE, "") not in {"", "0"}
    return rest + words[end:], asked


def _run(load: Callable[[], click.Command], arguments: Sequence[str], program: str) -> NoReturn:
    rest, debug = split_debug(arguments)
    sys.exit(_flush(_outcome(load, rest, program, debug=debug)))


def _outcome(load: Callable[[], click.Command], arguments: list[str], program: str, *, debug: bool) -> Exit:
    """Turn every way in which a command can end into an exit code, and say why where a person must know."""
    try:
        check_install()
        return _invoke(load(), arguments, program)
    except (click.exceptions.Abort, KeyboardInterrupt):
        return Exit.INTERRUPTED
    except click.ClickException as error:
        error.show()
        return Exit.USAGE
    except BrokenPipeError:
        _discard_stdout()
        return Exit.OK
    except VinofleetError as error:
        return _report(str(error), error.exit_code, debug=debug)
    except Exception as error:  # noqa: BLE001 - the last handler of the process; it reports, whatever this is
        return _unforeseen(error, debug=debug)


def _unforeseen(error: Exception, *, debug: bool) -> Exit:
    """Report what no seam has translated: a full disk under stdout, which has no seam, or a defect."""
    if isinstance(error, OSError) and error.errno in _FULL and error.filename is None:
        _discard_stdout()
        return _report(_stdout_text(error), Exit.OUTPUT, debug=debug)
    return _report(_describe(error, debug=debug), Exit.INTERNAL, debug=debug)


def _invoke(command: click.Command, arguments: list[str], program: str) -> Exit:
    """Parse and run; click's own `main` is not used because it hides a closed pipe behind exit code 1."""
    try:
        with command.make_context(program, arguments) as context:
            code = command.invoke(context)
    except click.exceptions.Exit as left:
        return Exit(left.exit_code)
    return Exit.OK if code is None else Exit(code)


def _describe(error: Exception, *, debug: bool) -> str:
    """One line about an exception that no seam has translated."""
    what = one_line(f"{type(error).__name__}: {error}")
    if isinstance(error, ImportError) and LIBRARY_MISSING in str(error):
        return f"a system library is missing ({what}): install it (on Debian and Ubuntu: libgl1 libglib2.0-0)"
    hint = "" if debug else ": run it again with --debug and report what it prints"
    return f"internal error ({what}){hint}"


def _report(text: str, code: Exit, *, debug: bool) -> Exit:
    if debug:
        traceback.print_exc()
    with suppress(BrokenPipeError):  # whoever closed stderr does not want to know; the code says it all the same
        click.echo(f"vinofleet: error: {text}", err=True)
    return code


def _flush(code: Exit) -> Exit:
    """Write out what is buffered while a reader that went away can still be told from a failure."""
    if sys.stdout is None:  # it was closed before the process began
        return code
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _discard_stdout()
    except OSError as error:
        _discard_stdout()
        return _report(_stdout_text(error), code or Exit.OUTPUT, debug=False)
    return code


def _stdout_text(error: OSError) -> str:
    return f"standard output cannot be written ({error.strerror}): make room, or send it elsewhere"


def _discard_stdout() -> None:
    """Point stdout at nothing, so that the interpreter's own flush at exit does not complain about the closed pipe."""
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, sys.stdout.fileno())
    os.close(sink)
