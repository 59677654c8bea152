"""Pairs of users and items. They come only from named data, not from files."""

from ..kind import Kind

KIND = Kind("interactions", "pairs of users and items", "genwright.kinds.graphs.load", schema={"$ref": "#/$defs/graph"})
