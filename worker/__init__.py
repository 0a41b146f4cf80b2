"""The worker: asks for frames with credits, infers them, and hands results to the collector."""
