"""`python -m vinofleet`, and where the script `vinofleet` begins."""


def main() -> None:
    """Run the command and exit; Ctrl-C is quiet from here on, while its modules are imported, too."""
    try:
        from common.interrupt import leave_at_once  # noqa: PLC0415 - the import itself may be what fails
    except ImportError as error:
        text = f"vinofleet: error: package common is not its own ({error}): install it alone in a venv"
        raise SystemExit(text) from error
    leave_at_once()
    from vinofleet.cli import main as run  # noqa: PLC0415 - imported under the handler

    run()


if __name__ == "__main__":
    main()
