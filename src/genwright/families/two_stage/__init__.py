"""Models in stages: codecs, priors of their codes, and cascades."""
