"""Molecules by themselves: how they are written, read, taken apart and scored."""
