"""Figures, as ratios: each script says what it compares, in one run."""
