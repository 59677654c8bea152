"""Networks of series."""
