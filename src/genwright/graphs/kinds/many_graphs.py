"""Many graphs with labels. A folder of them is one of the formats of a graph."""

from ...kinds.kind import Kind

KIND = Kind("graphs", "graphs", "genwright.graphs.kinds.load", schema={"$ref": "#/$defs/graph"})
