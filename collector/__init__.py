"""The collector: puts results back in order, writes them, and acknowledges what is written."""
