"""Takes one guard out of the code, so that the fault tests can be seen to notice.

    mutate.py check [NAME...]     whether each mutant still fits the code, in one place
    mutate.py apply NAME ROOT     changes the copy of the repository at ROOT

A mutant is a file beside this one. It says what is taken out, at which fault that shows, and what is put in the
place of what:

    what = "A sentence for whoever reads the report."
    fault = "commit 5:FreezeUntilTaken"
    scenario = "Restart"                  where one alone shows it; else all that have the fault are run
    find = '''a piece of Rust'''
    replace = '''another one, or nothing'''

The piece is looked for in all sources of the crates below, so a mutant survives that files move and lines shift.
Line breaks, indents and comments do not count. `$name` stands for any identifier, the same each time, so it survives
most renames too. `$...name` stands for any code up to the
end of the item. Where a mutant fits nowhere, or in two places, that is an error.
"""

import re
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[3]
SOURCES = ("domain/src", "runner/src")

TOKEN = re.compile(r'\$\.\.\.\w+|\$\w+|"(?:\\.|[^"\\])*"|\w+|[^\w\s]')
GAP = r"(?:\s|//[^\n]*\n)*"


class Unfit(Exception):
    """A mutant that does not fit the code."""


def pattern(piece):
    """What finds a piece of Rust, however it is laid out."""
    seen = set()

    def of(token):
        name = token.lstrip("$.")
        if not token.startswith("$"):
            return rf"\b{token}\b" if re.fullmatch(r"\w+", token) else re.escape(token)
        if name in seen:
            return f"(?P={name})"
        seen.add(name)
        # Not over the end of an item.
        return rf"(?P<{name}>(?:(?!\n\}}).)*?)" if token.startswith("$...") else rf"(?P<{name}>\b\w+\b)"

    return re.compile(GAP.join(of(token) for token in TOKEN.findall(piece)), flags=re.S)


def filled(piece, found):
    """A piece with what its names stand for."""
    return re.sub(r"\$(?:\.\.\.)?(\w+)", lambda name: found.group(name.group(1)), piece)


def read(name):
    mutant = tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))
    missing = {"what", "fault", "find", "replace"} - mutant.keys()
    if missing:
        raise Unfit(f"{name}: it has no {', '.join(sorted(missing))}")
    return mutant


def place(name, mutant, root):
    """The one file that a mutant fits, its text, and where."""
    finder = pattern(mutant["find"])
    places = []
    for folder in SOURCES:
        for file in sorted((root / folder).rglob("*.rs")):
            text = file.read_text(encoding="utf-8")
            places += [(file, text, found) for found in finder.finditer(text)]
    if len(places) != 1:
        where = ", ".join(str(file.relative_to(root)) for file, _, _ in places) or "no file"
        raise Unfit(f"{name}: what it takes out stands in {where}; it must stand in one place")
    return places[0]


def names():
    return sorted(file.stem for file in HERE.glob("*.toml"))


def check(wanted):
    faults = []
    for name in wanted or names():
        try:
            mutant = read(name)
            file, text, found = place(name, mutant, REPOSITORY)
            if filled(mutant["replace"], found).split() == found.group().split():
                raise Unfit(f"{name}: it changes nothing")
        except (Unfit, tomllib.TOMLDecodeError) as fault:
            faults.append(str(fault))
    print("\n".join(faults), end="\n" if faults else "")
    return not faults


def apply(name, root):
    mutant = read(name)
    file, text, found = place(name, mutant, root)
    file.write_text(text[: found.start()] + filled(mutant["replace"], found) + text[found.end() :], encoding="utf-8")
    print(f"{name}: {mutant['what']} ({mutant['fault']})")


def main(arguments):
    match arguments:
        case ["names"]:
            print("\n".join(names()))
        case ["fault", name]:
            print(read(name)["fault"])
        case ["scenario", name]:
            print(read(name).get("scenario", ""))
        case ["check", *wanted]:
            sys.exit(0 if check(wanted) else 1)
        case ["apply", name, root]:
            apply(name, Path(root))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Unfit as unfit:
        sys.exit(str(unfit))
