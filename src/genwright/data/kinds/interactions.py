"""Who took what. There are named data of it, and no files."""

from ..kind import Kind

KIND = Kind("interactions", "pairs of users and items", "genwright.data.graphs", schema={"$ref": "#/$defs/graph"})
