"""Crop lab: only the scissors move."""
