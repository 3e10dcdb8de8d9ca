"""Reads services, actions, resource types and condition keys from the IAM data package."""

import pathlib

# The package joins AWS's flags into one text; a policy's author knows five levels.
ACCESS_LEVELS = {
    "List": "List",
    "Read": "Read",
    "Write": "Write",
    "Tagging, Write": "Tagging",
    "Tagging": "Tagging",
    "Permissions management, Write": "Permissions management",
    "Permissions management": "Permissions management",
}


def read_services(archive):
    """Returns prefix -> the generated part of a service that IAM knows of."""
    names = archive.json("package/data/serviceNames.json")
    services = {}
    for prefix in sorted(archive.json("package/data/services.json")):
        services[prefix] = {
            "prefix": prefix,
            "name": names[prefix],
            "event_sources": [],
            "actions": read_actions(read_part(archive, "actions", prefix)),
            "resource_types": read_resource_types(read_part(archive, "resourceTypes", prefix)),
            "condition_keys": read_condition_keys(read_part(archive, "conditionKeys", prefix)),
            "operations": [],
            "bindings": {},
            "bindings_by_operation": {},
        }
    return services


def read_part(archive, part, prefix):
    """One of the files of a service; a service without resources or keys has none."""
    name = f"package/data/{part}/{prefix}.json"
    return archive.json(name) if name in archive.names else {}


def read_actions(found):
    """Returns name -> action, sorted by name."""
    actions = {}
    for action in sorted(found.values(), key=lambda action: action["name"]):
        keys = set(action["conditionKeys"])
        required = {}
        for accepted in action["resourceTypes"]:
            keys.update(accepted["conditionKeys"])
            required[accepted["name"]] = required.get(accepted["name"], False) or accepted["required"]
        actions[action["name"]] = {
            "access_level": ACCESS_LEVELS[action["accessLevel"]],
            "resource_types": [name + "*" * required[name] for name in sorted(required)],
        } | ({"condition_keys": sorted(keys)} if keys else {})
    return actions


def read_resource_types(found):
    """Returns name -> resource type; AWS writes two formats of one type as one text, joined by a comma."""
    types = {}
    for kind in sorted(found.values(), key=lambda kind: kind["key"]):
        types[kind["key"]] = {"arns": [arn.strip() for arn in kind["arn"].split(", ")]}
    return types


def read_condition_keys(found):
    """Returns key -> type."""
    return {kind["key"]: kind["type"] for kind in sorted(found.values(), key=lambda kind: kind["key"])}


def prefixes_on_disk(folder):
    """The prefixes that the committed catalog has."""
    return sorted(path.stem for path in pathlib.Path(folder).glob("*.json"))
