"""`vinofleet tune`: which settings are best for this machine, model and clip, found by trying them."""
