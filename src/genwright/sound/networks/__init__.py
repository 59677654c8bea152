"""A network that reads recordings sample by sample."""
