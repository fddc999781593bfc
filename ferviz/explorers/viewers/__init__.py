"""Viewers: what people said to a voice, to a face and to both, and a rule that joins the first two."""
