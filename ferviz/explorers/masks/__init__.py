"""Masks: photo, texture, mask, and what the mask does."""
