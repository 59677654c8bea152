"""A package of a science: strands of DNA, a family for them, a metric and a command."""
