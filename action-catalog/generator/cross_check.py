"""Compares the catalog's actions with a second source, cfn-lint's list, which is made from the same published tables on
another day, and completes what the first source lost.

AWS publishes two tables for some prefixes (two generations of Elastic Load Balancing, Lex, Greengrass, API Gateway). Of an action
that stands in both, the first source kept one row; the second kept the resource types of both.
"""

SOURCE = "cfnlint/data/AdditionalSpecs/Policies.json"


def complete(services, archive):
    """Adds resource types that an action has in the second source, if the service knows them; then none is required."""
    other = archive.json(SOURCE)
    for prefix, service in services.items():
        known = {kind.lower(): kind for kind in service["resource_types"]}
        theirs = other.get(prefix, {"Actions": {}})["Actions"]
        for name, action in service["actions"].items():
            mine = {kind.rstrip("*") for kind in action["resource_types"]}
            yours = theirs.get(name.lower(), {}).get("Resources", [])
            lost = {known[kind.lower()] for kind in yours if kind.lower() in known} - mine
            if lost:
                action["resource_types"] = sorted(mine | lost)


def differences(services, archive):
    """Returns what only one of the two has, and where the two say otherwise."""
    other = archive.json(SOURCE)
    found = {"services": only_in(set(services), set(other)), "actions": [], "resource_types": []}
    for prefix in sorted(set(services) & set(other)):
        ours = {name.lower(): action for name, action in services[prefix]["actions"].items()}
        theirs = other[prefix]["Actions"]
        found["actions"] += marked(prefix, only_in(set(ours), set(theirs)))
        for name in sorted(set(ours) & set(theirs)):
            mine = sorted(kind.rstrip("*").lower() for kind in ours[name]["resource_types"])
            yours = sorted({kind.lower() for kind in theirs[name].get("Resources", [])})
            if mine != yours:
                only_here, only_there = sorted(set(mine) - set(yours)), sorted(set(yours) - set(mine))
                found["resource_types"].append(
                    {"name": f"{prefix}:{name}", "only_here": only_here, "only_there": only_there}
                )
    return found


def only_in(ours, theirs):
    """The names that one side alone has."""
    return [{"name": name, "only": "here"} for name in sorted(ours - theirs)] + [
        {"name": name, "only": "there"} for name in sorted(theirs - ours)
    ]


def marked(prefix, entries):
    """The same with the service's prefix."""
    return [{"name": f"{prefix}:{entry['name']}", "only": entry["only"]} for entry in entries]
