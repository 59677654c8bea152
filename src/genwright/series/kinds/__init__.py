"""Series as a kind of data."""
