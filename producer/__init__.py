"""The producer: decodes, resizes, leases frames to workers and settles them on the collector's word."""
