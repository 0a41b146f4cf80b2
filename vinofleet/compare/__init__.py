"""`vinofleet compare`: the same frames by one process, as tutorials do it, and by a fleet."""
