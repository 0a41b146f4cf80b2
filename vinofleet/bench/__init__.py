"""`vinofleet bench`: what a fleet's parts take alone, what the whole takes, and where the difference goes."""
