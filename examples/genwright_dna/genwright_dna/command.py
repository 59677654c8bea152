"""A command of the package: `genwright gc`."""


def gc(file: str) -> None:
    """Print the share of letters of strands that are G or C.

    Example: genwright gc my.strands

    Args:
        file: Strands, such as my.strands.
    """
    import genwright

    from .model import gc_share

    data = genwright.load_data(file, kind="strands")
    print(f"{gc_share([strand for part in data.items.values() for strand in part]):.1%} of the letters are G or C")
