"""What is run by hand, now and then, to make what the packages ship. Not part of the distribution."""
