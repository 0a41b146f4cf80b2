"""`vinofleet run`: a whole fleet on this machine, started, watched and ended as one command."""
