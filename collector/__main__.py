"""`python -m collector`: the same command as `vinofleet collector`."""

try:
    from common.entry import run_role
except ImportError as error:
    raise SystemExit(
        f"vinofleet: error: package common is not its own ({error}): install it alone in a venv"
    ) from error

run_role("collector")
