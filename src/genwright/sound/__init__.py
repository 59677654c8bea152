"""Sound by itself: its levels, notes as sines, and WAV files."""
