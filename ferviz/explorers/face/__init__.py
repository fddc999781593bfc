"""Face lab: a synthetic head in the hand."""
