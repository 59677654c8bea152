"""Cards of the families of counts."""
