"""The file that `vinofleet run --config` takes: what was found, and in comments how. Pure.

What this file does not know: where it is written.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence


def config_text(comments: Sequence[str], options: Mapping[str, object], source: str) -> str:
    """Write TOML.

    Args:
        comments: lines for people.
        options: texts, numbers and truths by the names of `run`'s parameters.
        source: the only one.
    """
    lines = [f"# {_printable(comment)}" for comment in comments]
    lines += [f"{name.replace('_', '-')} = {_value(value)}" for name, value in options.items()]
    return "\n".join([*lines, "", "[[source]]", f"uri = {_value(source)}", ""])


def _value(value: object) -> str:
    """A value as TOML; its basic strings escape what JSON does, in the same way, and DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _printable(text: str) -> str:
    """Without line ends and other control characters, which no comment may have."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
