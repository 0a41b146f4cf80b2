"""How the embedded detector `vinofleet-person` was made: `python -m tools.person.train`, `.export`, `.evaluate`."""
