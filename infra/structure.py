"""Holds each crate's files to two rules: python3 infra/structure.py [FOLDER-OF-A-CRATE...]

- Arrows go one way. Files that use each other in a circle can only be understood, tested and moved together, so
  no circle has more than two files. A module's own files may use what its `mod.rs` has: that arrow is not
  counted. Nor is what stands behind `#[cfg(test)]`.
- A folder of code has at most 15 files; the dashboard's folders too.

Tests and benches keep them too, each as a crate of its own.

What is named here is what somebody can mend: of each circle, the arrow without which least is left of it.
"""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

LONGEST_CIRCLE = 2
FILES_IN_A_FOLDER = 15

# Which rule a crate does not keep yet. One that does is taken off this list: the check fails until then.
NOT_YET = {}

# A path from a crate's root, from the module above, or from this one, up to what is used of it.
PATH = re.compile(r"\b(crate|super|self)((?:::(?:super\b|[a-z_0-9]+\b))*)((?:::\{)?)")


def without_comments(text):
    """The text with comments and strings blanked, line breaks kept."""

    def blank(match):
        return re.sub(r"[^\n]", " ", match.group())

    pattern = r'//[^\n]*|/\*.*?\*/|r(#*)".*?"\1|"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])\''
    return re.sub(pattern, blank, text, flags=re.S)


def without_tests(text):
    """The text up to its unit tests, and without single items for tests."""
    start = re.search(r"^#\[cfg\(test\)\]\nmod tests\b", text, flags=re.M)
    return text[: start.start()] if start else text


def branches(text, start):
    """The paths inside the braces that open before `start`, each as a list of names, with its place."""
    names, place, depth = [], start, []
    current = []
    while place < len(text):
        token = re.compile(r"\s*(::|[A-Za-z_0-9]+|\{|\}|,|\*|\S)").match(text, place)
        if not token:
            return names
        word, at, place = token.group(1), token.start(1), token.end()
        if word == "{":
            depth.append(list(current))
        elif word in ",}":
            # Nothing stands between the last comma and the brace.
            if current and current != (depth[-1] if depth else []):
                names.append((current, at))
            current = list(depth[-1]) if depth else []
            if word == "}":
                if not depth:
                    return names
                depth.pop()
                current = []
        elif word == "as":
            place = re.compile(r"\s*\w+").match(text, place).end()
        elif word not in ("::", "*"):
            current = current + [word]
    return names


def module_of(source, file):
    """The names that lead to a file's module."""
    parts = list(file.relative_to(source).with_suffix("").parts)
    return tuple(parts[:-1] if parts[-1] in ("mod", "lib", "main") else parts)


def arrows(source):
    """The files of a crate, and which uses which: {file: {file: line}}."""
    files = [file for file in sorted(source.rglob("*.rs")) if "bin" not in file.relative_to(source).parts]
    by_module = {module_of(source, file): file for file in files}
    found = {}
    for file in files:
        text = without_tests(without_comments(file.read_text(encoding="utf-8")))
        # Who may use an item is no use of anything.
        text = re.sub(r"\bpub\(in [^)]*\)", "pub", text)
        module = module_of(source, file)
        found[file] = {}

        def used(names, place):
            # The longest part that is a module: the rest is something in it.
            while names not in by_module:
                names = names[:-1]
            target = by_module[names]
            if target != file and names != module[:-1]:
                found[file].setdefault(target, text.count("\n", 0, place) + 1)

        for match in PATH.finditer(text):
            first, rest = match.group(1), [name for name in match.group(2).split("::") if name]
            base = {"crate": (), "super": module[:-1], "self": module}[first]
            while rest and rest[0] == "super":
                base, rest = base[:-1], rest[1:]
            if match.group(3):
                for names, place in branches(text, match.end()):
                    names = names[1:] if names[0] == "self" else names
                    used((*base, *rest, *names), match.start())
            elif rest:
                used((*base, *rest), match.start())
            else:
                used(base, match.start())
        # The root of a crate names its modules and belongs to none of them.
        if not module:
            found[file] = {}
    return found


def circles(graph):
    """Groups of files that use each other, in Tarjan's way."""
    index, low, stack, groups = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for target in graph[node]:
            if target not in index:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], index[target])
        if low[node] == index[node]:
            group = set()
            while node not in group:
                group.add(stack.pop())
            groups.append(group)

    for node in graph:
        if node not in index:
            visit(node)
    return groups


def closing_arrow(graph, group):
    """The arrow in a circle without which least is left of it."""
    inside = {file: {target: line for target, line in graph[file].items() if target in group} for file in group}
    best = None
    for file in sorted(inside):
        for target, line in sorted(inside[file].items()):
            rest = {**inside, file: {other: at for other, at in inside[file].items() if other != target}}
            left = max(len(part) for part in circles(rest))
            if best is None or left < best[0]:
                best = (left, file, line, target)
    return best[1:]


def roots(crate):
    """The folders that have a root of modules: the library's or command's, and that of each test and bench."""
    yield crate / "src"
    for kind in ("tests", "benches"):
        yield from sorted(main.parent for main in (crate / kind).glob("*/main.rs"))


def faults(crate):
    """What is wrong with a crate: the rule, and a sentence."""
    for source in roots(crate):
        graph = arrows(source)
        for group in circles(graph):
            if len(group) > LONGEST_CIRCLE:
                file, line, target = closing_arrow(graph, group)
                names = ", ".join(sorted(str(each.relative_to(source)) for each in group))
                yield (
                    "circle",
                    f"{file}:{line}: the arrow to {target.relative_to(source)} closes a circle of {len(group)} files "
                    f"({names})",
                )
    folders = {file.parent for file in crate.rglob("*.rs") if "target" not in file.relative_to(crate).parts}
    for folder in sorted(folders):
        count = len(list(folder.glob("*.rs")))
        if count > FILES_IN_A_FOLDER:
            yield "folder", f"{folder}: {count} files; a folder of code has at most {FILES_IN_A_FOLDER}"


def full_folders(pattern):
    """What is wrong with the folders of the files in git that fit: a sentence each."""
    listed = subprocess.run(["git", "ls-files", "-z", *pattern], capture_output=True, check=True, text=True)
    counts = Counter(str(Path(name).parent) for name in listed.stdout.split("\0") if name)
    for folder, count in sorted(counts.items()):
        if count > FILES_IN_A_FOLDER:
            yield f"{folder}: {count} files; a folder of code has at most {FILES_IN_A_FOLDER}"


def crates():
    """The folders of the workspace's crates."""
    listed = subprocess.run(["git", "ls-files", "-z", "*Cargo.toml"], capture_output=True, check=True, text=True)
    manifests = [Path(name) for name in listed.stdout.split("\0") if name]
    return [manifest.parent for manifest in manifests if (manifest.parent / "src").is_dir()]


def main(folders):
    failed = False
    for crate in folders or crates():
        found = list(faults(crate))
        not_yet = NOT_YET.get(str(crate), set())
        for rule, sentence in found:
            if rule not in not_yet:
                print(sentence)
                failed = True
        for rule in sorted(not_yet - {rule for rule, _ in found}):
            print(f"{crate} keeps the rule `{rule}` now: take that off the list NOT_YET in {sys.argv[0]}")
            failed = True
    for sentence in [] if folders else full_folders(["*.ts", "*.tsx"]):
        print(sentence)
        failed = True
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main([Path(folder) for folder in sys.argv[1:]])
