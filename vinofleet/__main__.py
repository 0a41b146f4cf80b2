"""`python -m vinofleet`: the command `vinofleet` where its script is not on PATH."""

from vinofleet.cli import main

main()
