"""`python -m genwright`. Nothing is imported before Ctrl-C means a sentence."""

import atexit
import gc
import sys


def main() -> None:
    rest_collector()
    try:
        from .core.processes import set_safe_path

        set_safe_path()
        from .cli.commands import main as run

        run()
    except KeyboardInterrupt:
        print("genwright: stopped by Ctrl-C; run the same command again", file=sys.stderr)
        sys.exit(130)


def rest_collector() -> None:
    """Let the garbage collector walk through old objects rarely, and not when Python ends.

    Libraries load half a million objects that stay. These walks took a quarter of the CPU time of `genwright sample`.
    """
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, 100)
    atexit.register(gc.freeze)


if __name__ == "__main__":
    main()
