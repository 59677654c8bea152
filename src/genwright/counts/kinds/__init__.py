"""Counts as a kind of data."""
