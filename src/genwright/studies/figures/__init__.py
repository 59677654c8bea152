"""The figures of `genwright plot`, one a file: `draw(model, data, seed, **options)` -> `Drawn`."""
