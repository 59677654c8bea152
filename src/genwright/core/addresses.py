"""Addresses of databases, such as postgresql://me@host/db.

A password in an address is known to this process, and to those that it starts, and to nothing else: what is shown or
stored is the address without it.
"""

import json
import os
import re
from urllib.parse import quote, unquote

PASSWORDS = "GENWRIGHT_DATABASE_PASSWORDS"  # of the environment, which processes of ours inherit
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+._-]*://")
_IN_FRONT = re.compile(r"([A-Za-z][A-Za-z0-9+._-]*://[^:/@?]*):(.*)@([^@]*)", re.DOTALL)
_BEHIND = re.compile(r"[?&](?:password|passwd|pwd)=([^&]*)", re.IGNORECASE)


def is_address(text: str) -> bool:
    """Whether a text begins as `postgresql://` does."""
    return _ADDRESS.match(text) is not None


def hide_password(text: str) -> str:
    """The text, without its password if it is an address with one, which `password_of` remembers."""
    if not is_address(text):
        return text
    bare, password = text, None
    if match := _IN_FRONT.fullmatch(text):
        bare, password = f"{match[1]}@{match[3]}", unquote(match[2])
    if match := _BEHIND.search(bare):
        kept = bare[: match.start()] + bare[match.end() :]
        bare, password = kept if "?" in kept else kept.replace("&", "?", 1), unquote(match[1])
    if password is not None:
        os.environ[PASSWORDS] = json.dumps(_passwords() | {bare: password})
    return bare


def password_of(address: str) -> str | None:
    """The password that came with an address, None if none did."""
    return _passwords().get(address)


def without_passwords(message: str) -> str:
    """A message of a library without any password that is known."""
    for password in filter(None, _passwords().values()):
        message = message.replace(password, "***").replace(quote(password, safe=""), "***")
    return message


def _passwords() -> dict[str, str]:
    return json.loads(os.environ.get(PASSWORDS, "{}"))
