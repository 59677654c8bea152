"""`python -m genwright`. Nothing is imported before Ctrl-C means a sentence."""

import sys


def main() -> None:
    try:
        from .cli.commands import main as run

        run()
    except KeyboardInterrupt:
        print("genwright: stopped by Ctrl-C; run the same command again", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
