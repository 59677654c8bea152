"""What is known of sound by itself: its levels, notes as sines, and WAV files."""
