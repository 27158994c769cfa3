"""A run: arrivals sent when they are due, what was seen of them brought together, and the end."""
