"""`python -m genwright`."""

from .cli.commands import main

main()
