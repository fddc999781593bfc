"""Frames: the weight of every frame of a clip, to read and to move."""
