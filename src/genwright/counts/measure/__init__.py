"""Metrics and drawings of counts."""
