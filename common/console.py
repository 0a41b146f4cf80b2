"""What a role says to the person at its shell while it runs: one plain line on stderr for each notice.

It knows nothing of when there is something to say. Failures that end a command are `common.entry`'s.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import click

from common.actions import Notice


def speaker(role: str) -> Callable[[Notice], None]:
    """Return a function that prints notices as `vinofleet ROLE: text`, warnings and errors named as such."""

    def speak(notice: Notice) -> None:
        kind = "" if notice.level == "info" else f"{notice.level}: "
        text = " ".join(notice.text.split())
        # Whoever closed stderr does not want to know; the frames must arrive all the same.
        with suppress(BrokenPipeError):
            click.echo(f"vinofleet {role}: {kind}{text}", err=True)

    return speak
