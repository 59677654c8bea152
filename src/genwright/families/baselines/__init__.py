"""Models that learn little, which every other model has to beat."""
