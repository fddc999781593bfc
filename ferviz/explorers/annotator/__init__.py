"""Be the annotator: choose a word and mark a place before the truth is told."""
