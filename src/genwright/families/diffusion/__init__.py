"""Models that learn to remove noise, and the samplers that draw with them."""
