"""`python -m genwright`."""

from .cli import main

main()
