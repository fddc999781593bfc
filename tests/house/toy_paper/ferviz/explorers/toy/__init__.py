"""The explorer *ToyLab*."""
