"""Metrics and drawings of series."""
