"""LBP stepper: from neighbours to a code."""
