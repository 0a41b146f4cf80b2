"""Where this user's caches are, on whatever platform: models that were fetched, inspections, what workers keep."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_cache_path


def cache_folder() -> Path:
    """Return the folder, which may not exist yet."""
    return user_cache_path("vinofleet", appauthor=False)
