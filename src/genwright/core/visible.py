"""Text from outside (names of files, columns, labels), with control characters escaped to be safe on a terminal."""

import re

# C0 and C1 controls, line separators, marks of writing direction, and bytes of file names that are not UTF-8
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def visible(text: object) -> str:
    """Text with control characters written out, as in \\x1b."""
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), str(text))
