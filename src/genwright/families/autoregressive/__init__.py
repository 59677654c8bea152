"""Models that draw an item part by part, each from the parts before it."""
