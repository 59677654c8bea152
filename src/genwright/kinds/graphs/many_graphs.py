"""Many graphs with labels. A folder of them is one of the formats of a graph."""

from ..kind import Kind

KIND = Kind("graphs", "graphs", "genwright.kinds.graphs.load", schema={"$ref": "#/$defs/graph"})
