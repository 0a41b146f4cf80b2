"""`vinofleet status`: how a fleet is, by asking it."""
