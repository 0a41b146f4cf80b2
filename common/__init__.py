"""What every role shares: the pure machines, the wire, the transports and the runner."""
