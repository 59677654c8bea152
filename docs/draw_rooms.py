"""The tower of rooms and the packages beside it: which folder of the code imports which, read from its import
statements."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import genwright
from genwright.core.manifest import built_in

SOURCE = Path(genwright.__file__).parent
STATEMENT = re.compile(r"^ *(from [.\w]+ import (?:\([^)]*\)|.+))", re.M)
PACKAGES = {package.name.rpartition(".")[2]: package for package in built_in()}
ROOMS = sorted({folder.name for folder in SOURCE.iterdir() if (folder / "__init__.py").exists()} - {*PACKAGES})


def imported_rooms(room: str) -> set[str]:
    """The other rooms that the modules of a room import, inside functions too."""
    rooms = set()
    for file in (SOURCE / room).rglob("*.py"):
        for node in ast.parse("\n".join(STATEMENT.findall(file.read_text()))).body:
            package = (SOURCE.name, *file.relative_to(SOURCE).parts[:-1])
            above = package[: len(package) - node.level + 1] if node.level else ()
            paths = [(*above, *(node.module or alias.name).split("."), "") for alias in node.names]
            rooms |= {path[1] for path in paths if path[0] == SOURCE.name}
    return rooms & {*ROOMS, *PACKAGES} - {room}


def tower() -> list[str]:
    """Lines of text: each room of the core on the lowest floor above all rooms that it imports, the highest first.
    Below it the doors, and each package, with the packages that it uses."""
    imports = {room: imported_rooms(room) & {*ROOMS} for room in ROOMS}
    floors: dict[str, int] = {}

    def floor(room: str) -> int:
        if room not in floors:
            floors[room] = 1 + max(map(floor, imports[room]), default=-1)
        return floors[room]

    order = lambda room: (-floor(room), room)
    width = max(map(len, ROOMS))
    lines = ["the core: each room stands on those that it imports"]
    lines += [
        f"{floor(room):2}  {room:{width}}" + f"  {', '.join(sorted(imports[room], key=order))}"
        for room in sorted(ROOMS, key=order)
    ]
    lines += ["     ^", "     |  doors: core/manifest.py reads what the package.py of each package names", "     v"]
    lines += ["packages beside it: each imports the core, and no room of the core imports one"]
    for name, package in PACKAGES.items():
        used = sorted(imported_rooms(name) & {*PACKAGES})
        lines.append(f"    {name:{width}}  {package.what}" + (f"; uses {', '.join(used)}" if used else ""))
    return ["```text", *(line.rstrip() for line in lines), "```"]


PARTS = {"architecture.md": {"rooms": tower}}
