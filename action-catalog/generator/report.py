"""Says what changed between two generations, in Markdown, for a pull request."""

import json

PARTS = (
    ("actions", "actions"),
    ("resource_types", "resource types"),
    ("condition_keys", "condition keys"),
    ("operations", "operations"),
    ("event_sources", "event sources"),
)
NAMES_AT_MOST = 12


def report(folder, files, undecided):
    """Compares the committed files with the generated ones; `undecided` APIs wait for a line in `assignments.json`."""
    old = {path.stem: json.loads(path.read_text()) for path in sorted((folder / "services").glob("*.json"))}
    new = {name[len("services/") : -len(".json")]: json.loads(text) for name, text in files.items() if name.startswith("services/")}
    lines = ["# What changed in the action catalog", ""]
    lines += listed("APIs without a prefix: add each to `assignments.json`", undecided)
    lines += listed("New services", sorted(new.keys() - old.keys()))
    lines += listed("Services that are gone", sorted(old.keys() - new.keys()))
    for prefix in sorted(new.keys() & old.keys()):
        changes = changes_of(old[prefix], new[prefix])
        if changes:
            lines += [f"## {prefix}", ""] + changes + [""]
    lines += policies(folder, files)
    return "\n".join(lines if len(lines) > 2 else lines + ["Nothing."]) + "\n"


def changes_of(old, new):
    """What changed in one service, a line for each kind of change."""
    lines = []
    for key, word in PARTS:
        before, after = as_facts(old.get(key)), as_facts(new.get(key))
        lines += line(f"new {word}", sorted(after.keys() - before.keys()))
        lines += line(f"gone {word}", sorted(before.keys() - after.keys()))
        both = before.keys() & after.keys()
        lines += line(f"changed {word}", sorted(name for name in both if before[name] != after[name]))
    if (old.get("bindings"), old.get("bindings_by_operation")) != (new.get("bindings"), new.get("bindings_by_operation")):
        lines.append("- bindings changed")
    return lines


def as_facts(part):
    """A list of names or an object of facts, as an object."""
    return part if isinstance(part, dict) else dict.fromkeys(part or [])


def policies(folder, files):
    """What changed among the AWS managed policies."""
    old = {path.stem: json.loads(path.read_text())["version"] for path in (folder / "managed-policies").glob("*.json")}
    prefix = "managed-policies/"
    new = {name[len(prefix) : -len(".json")]: json.loads(text)["version"] for name, text in files.items() if name.startswith(prefix)}
    lines = line("new", sorted(new.keys() - old.keys())) + line("gone", sorted(old.keys() - new.keys()))
    lines += line("new version", sorted(name for name in new.keys() & old.keys() if new[name] != old[name]))
    return ["## AWS managed policies", ""] + lines + [""] if lines else []


def line(word, names):
    """One line, with as many names as one reads."""
    if not names:
        return []
    shown = ", ".join(f"`{name}`" for name in names[:NAMES_AT_MOST])
    more = f" and {len(names) - NAMES_AT_MOST} more" if len(names) > NAMES_AT_MOST else ""
    return [f"- {word} ({len(names)}): {shown}{more}"]


def listed(title, names):
    """A section of names."""
    return [f"## {title}", ""] + line("in all", names) + [""] if names else []
