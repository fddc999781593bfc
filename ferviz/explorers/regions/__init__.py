"""Regions: which part of a face counts, and what a cover takes away."""
