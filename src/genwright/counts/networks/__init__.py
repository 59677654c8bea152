"""Networks of counts."""
