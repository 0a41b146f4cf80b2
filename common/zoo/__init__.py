"""Models by name: which there are, what is known of each, where they are kept, and how they are fetched."""
