"""Models that learn in a game against a discriminator."""
