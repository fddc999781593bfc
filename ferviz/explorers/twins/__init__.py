"""Twins: one expression, one property changed."""
