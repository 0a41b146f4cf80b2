"""`vinofleet chaos`: harms a fleet on purpose, undoes what it did, and checks that no frame was lost."""
