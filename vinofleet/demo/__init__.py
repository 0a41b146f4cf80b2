"""`vinofleet demo`: a run that needs neither a video nor a model of one's own."""
