"""Families of counts."""
