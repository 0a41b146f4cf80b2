"""`python -m producer`: the same command as `vinofleet producer`."""

try:
    from common.entry import run_role
except ImportError as error:
    raise SystemExit(
        f"vinofleet: error: package common is not its own ({error}): install it alone in a venv"
    ) from error

run_role("producer")
