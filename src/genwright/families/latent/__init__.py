"""Models that explain an item by a latent: autoencoders, variational and other."""
