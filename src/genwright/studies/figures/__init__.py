"""The figures of `genwright plot`: functions (model, data, seed, **options) -> `Drawn`."""
