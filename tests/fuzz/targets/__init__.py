"""All targets: importing this fills `tests.fuzz.target.TARGETS`."""

from tests.fuzz.targets import files, keys, pipes, pixels, texts, wire

__all__ = ["files", "keys", "pipes", "pixels", "texts", "wire"]
