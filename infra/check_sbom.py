"""Whether bills of materials are whole: python3 check_sbom.py Cargo.lock BILL..."""

import json
import sys
import tomllib


def faults(bill, locked):
    """What is wrong with one bill: its form, or a component that was never locked."""
    if bill.get("bomFormat") != "CycloneDX":
        yield "it is not in the format CycloneDX"
    if not str(bill.get("serialNumber", "")).startswith("urn:uuid:"):
        yield "it has no serial number"
    subject = bill.get("metadata", {}).get("component", {})
    if not subject.get("name") or not subject.get("version"):
        yield "it does not say what it is about"
    components = bill.get("components", [])
    references = {subject.get("bom-ref")}
    for component in components:
        name, version = component.get("name"), component.get("version")
        references.add(component.get("bom-ref"))
        if (name, version) not in locked:
            yield f"{name} {version} is not in Cargo.lock"
        elif locked[name, version] and not component.get("purl", "").startswith(f"pkg:cargo/{name}@{version}"):
            yield f"{name} {version} has no package URL"
    for dependency in bill.get("dependencies", []):
        for reference in [dependency.get("ref"), *dependency.get("dependsOn", [])]:
            if reference not in references:
                yield f"{reference} is depended on and not listed"


def main(lock, *paths):
    with open(lock, "rb") as file:
        packages = tomllib.load(file)["package"]
    # Of a registry, or of this workspace.
    locked = {(package["name"], package["version"]): "source" in package for package in packages}
    if not paths:
        sys.exit("there is no bill of materials")
    failed = False
    for path in paths:
        with open(path, encoding="utf-8") as file:
            bill = json.load(file)
        found = list(faults(bill, locked))
        failed = failed or bool(found)
        print(f"{path}: {len(bill.get('components', []))} components")
        for fault in found:
            print(f"  {fault}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
