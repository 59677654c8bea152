"""A hook of MkDocs: what the site needs otherwise than a code host.

Links that lead out of docs/, which the site has no page for, become the path of the file. A block of code whose first
line has a second word for the tests, as in ```python cora, keeps the first.
"""

import re
from pathlib import PurePosixPath
from posixpath import normpath

LINK = re.compile(r"\[([^\]]*)\]\(((?:\.\./)+[^)#\s]*)(?:#[^)]*)?\)")
TO_MARKDOWN = re.compile(r'href="((?!\w+:)[^"#]+)\.md(#[^"]*)?"')
FENCE = re.compile(r"^( *```\w+) \w+$", re.M)


def on_page_markdown(markdown: str, page: object, config: object, files: object) -> str:
    """Markdown of a page for the site."""
    folder = PurePosixPath(page.file.src_uri).parent

    def rewritten(link: re.Match) -> str:
        path = normpath(str(folder / link[2]))
        if not path.startswith("../"):
            return link[0]
        path = path.removeprefix("../")
        return link[1] if path.endswith(link[1]) else f"{link[1]} (`{path}`)"

    return LINK.sub(rewritten, FENCE.sub(r"\1", markdown))


def on_page_content(html: str, page: object, config: object, files: object) -> str:
    """HTML of a page for the site."""
    return TO_MARKDOWN.sub(r'href="\1.html\2"', html) if page.file.src_uri.endswith(".ipynb") else html
