"""The explorer *Statistics*."""
