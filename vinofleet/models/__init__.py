"""The command `vinofleet models`: which models have names here, where they are, and what any model is."""
