"""Addresses of databases, such as postgresql://me@host/db.

What names the database is shown and stored: scheme, user, host, port, path, and the keys of HARMLESS in the query. All
else may be a secret, such as a password, a token or a string for ODBC. It is known to this process, and to those that
it starts. `***` marks where it was left out; a password leaves no mark, since a server may know a user without it.

An address in a record is somebody's word, and to connect is to send them what this machine tells servers. So it is used
where a person has typed it, or has set GENWRIGHT_DATABASE_URL to it.
"""

import json
import os
import re
from typing import NamedTuple
from urllib.parse import quote, unquote, unquote_plus

from .errors import DataError

URL = "GENWRIGHT_DATABASE_URL"  # of the environment: a whole address, with its secrets
TYPED = "GENWRIGHT_TYPED_ADDRESSES"  # of the environment, which processes of ours inherit: {shown: typed}
FILES = "sqlite", "duckdb"  # schemes of addresses that stand for a file
MARK = "***"
PASSWORDS = "password", "passwd", "pwd"
HARMLESS = {  # keys of a query whose values may be shown
    "application_name", "catalog", "charset", "client_encoding", "collation", "connect_timeout", "database", "dbname",
    "driver", "encoding", "encrypt", "host", "http_path", "mode", "port", "read_only", "role", "schema", "server",
    "service_name", "sslmode", "ssl_mode", "target_session_attrs", "timeout", "trusted_connection",
    "trustservercertificate", "unix_socket", "user", "username", "warehouse",
}  # fmt: skip
SHORTEST = 4  # letters of a value that is looked for in messages; a password may have fewer
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+._:-]*://")
_USER = re.compile(r"([^:/]*)(?::(.*))?@([^@]*)", re.DOTALL)
_PLACE_AND_REST = re.compile(r"([^;#=&]*)([;#].*)?", re.DOTALL)  # and what some drivers take behind it
_DRIVER = re.compile(r"[;#=&]")  # marks of a string for a driver
_PLAIN_ADDRESS = re.compile(r"[\w .,:/+{}-]*")


class Address(NamedTuple):
    """A typed address of a database, split into its parts.

    Args:
        shown: without its secrets.
        bare: without its password, which may hold any letters.
        password: None without one.
        secrets: the password, and other values that are not shown.
    """

    shown: str
    bare: str
    password: str | None
    secrets: set[str]


def is_address(text: str) -> bool:
    """Tells whether a text begins as `postgresql://` does."""
    return _ADDRESS.match(text) is not None


def hide_secrets(text: str) -> str:
    """Removes the secrets from an address that a person typed; another text stays. `whole_address` remembers them."""
    if not is_address(text):
        return text
    shown_address = _take_apart(text).shown
    if text != shown_address or shown_address not in _load_typed():
        os.environ[TYPED] = json.dumps(_load_typed() | {shown_address: text})
    return shown_address


def require_typed(address: str) -> None:
    """Raises DataError for the address of a record that no person has typed, nor set as GENWRIGHT_DATABASE_URL."""
    shown_address = _take_apart(address).shown
    if shown_address not in _known():
        raise DataError(
            f"{shown_address} comes from a record: set {URL} to the whole address, and run the same command again"
        )


def whole_address(shown_address: str) -> Address:
    """Restores the secrets of an address. Raises DataError where they are not known."""
    typed_address = _known().get(_take_apart(shown_address).shown, shown_address)
    if typed_address == shown_address and MARK in shown_address:
        raise DataError(f"the secrets of {shown_address} are not on record: set {URL} to the whole address")
    return _take_apart(typed_address)


def without_secrets(message: str) -> str:
    """Removes all known secrets from a message of a library."""
    for shown_address, typed_address in _known().items():
        address = _take_apart(typed_address)
        message = message.replace(typed_address, shown_address)
        for secret in sorted(filter(None, address.secrets), key=len, reverse=True):
            message = message.replace(secret, MARK).replace(quote(secret, safe=""), MARK)
    return message


def _load_typed() -> dict[str, str]:
    return json.loads(os.environ.get(TYPED, "{}"))


def _known() -> dict[str, str]:
    """{shown: whole} of the addresses that a person has typed or set."""
    url = os.environ.get(URL, "")
    return _load_typed() | ({_take_apart(url).shown: url} if is_address(url) else {})


def _take_apart(text: str) -> Address:
    scheme = _ADDRESS.match(text)[0]
    remaining = text[len(scheme) :]
    head, _, query = remaining.partition("?")
    user, password, place = match.groups() if (match := _USER.fullmatch(head)) else (None, None, head)
    is_file = scheme.partition(":")[0].lower() in FILES
    is_unusual = "@" in query or ("@" in place and not is_file) or _DRIVER.search(unquote(user or ""))
    if is_unusual:  # which part is the host is a guess
        guesses = [match[1] for guess in (r"[^:]*:(.*)@", r"[^:]*:(.*?)@") if (match := re.match(guess, remaining))]
        return Address(f"{scheme}{MARK}", text, None, {*guesses, *_values(remaining)})
    options, passwords, other_options = _split_query(query)
    host = place
    if not is_file and _DRIVER.search(unquote(place)):
        match = _PLACE_AND_REST.fullmatch(place)
        host = match[1] if match and match[2] else ""
        options.append(MARK)
    begin = scheme if user is None else f"{scheme}{user}@"
    shown_address = f"{begin}{host}{'?' * bool(options)}{'&'.join(dict.fromkeys(options))}"
    plain_address = f"{begin}{place}{'?' * bool(other_options)}{'&'.join(other_options)}"
    known = [unquote(password)] if password is not None else passwords
    secrets = {value for value in _values(f"{place}?{query}") if value not in shown_address}
    return Address(shown_address, plain_address, known[0] if known else None, {*known, *passwords, *secrets})


def _split_query(query: str) -> tuple[list[str], list[str], list[str]]:
    """Parts of a query that are shown, its passwords, and its other parts."""
    options, passwords, other_options = [], [], []
    for part in filter(None, query.split("&")):
        key, _, value = part.partition("=")
        if unquote_plus(key).lower() in PASSWORDS:
            passwords.append(unquote(value))
            continue
        other_options.append(part)
        options.append(part if _is_harmless(key, value) else MARK)
    return options, passwords, other_options


def _values(text: str) -> set[str]:
    """The secrets in a part of an address, as typed and decoded, and those in it that a string for ODBC holds. Shorter
    ones stand in many words."""
    decoded = {plain for value in _split_values(text) for plain in (value, unquote(value), unquote_plus(value))}
    return {value for plain in decoded for value in (plain, *_split_values(plain)) if len(value) >= SHORTEST}


def _split_values(text: str) -> list[str]:
    """What stands between the marks of an address, or behind the `=` there."""
    pairs = [part.partition("=") for part in re.split(r"[?&;(){}#@]", text)]
    return [value or key for key, _, value in pairs if not _is_harmless(key, value)]


def _is_harmless(key: str, value: str) -> bool:
    return unquote_plus(key).strip().lower() in HARMLESS and _PLAIN_ADDRESS.fullmatch(unquote_plus(value)) is not None
