"""A fleet from Python: what `from vinofleet import results` is made of."""
