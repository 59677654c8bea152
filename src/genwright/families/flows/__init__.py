"""Models that change noise into items by a map with an inverse."""
