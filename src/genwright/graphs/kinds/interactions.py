"""Pairs of users and items. They come only from named data, not from files."""

from ...kinds.kind import Kind

KIND = Kind("interactions", "pairs of users and items", "genwright.graphs.kinds.load", schema={"$ref": "#/$defs/graph"})
