"""Families of series."""
