"""The explorer *Heads*."""
