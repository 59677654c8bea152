"""Cards of the families of series."""
