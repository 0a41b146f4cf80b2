"""The command `vinofleet keys`: which machines may take part."""
