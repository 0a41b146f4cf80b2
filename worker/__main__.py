"""`python -m worker`: the same command as `vinofleet worker`."""

try:
    from common.interrupt import leave_at_once

    leave_at_once()
    from common.entry import run_role
except ImportError as error:
    raise SystemExit(
        f"vinofleet: error: package common is not its own ({error}): install it alone in a venv"
    ) from error

run_role("worker")
