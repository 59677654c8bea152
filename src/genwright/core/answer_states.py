"""What is known of an answer; in a module of its own, so that readers of values need no torch."""

UNKNOWN, EXACT, LOWER_BOUND, UPPER_BOUND = range(4)
