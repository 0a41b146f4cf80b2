"""The umbrella: the command line that knows every role, and is known by none."""
