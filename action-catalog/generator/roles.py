"""Finds the parameters that may hold a role, however deep: whoever hands a role over needs a permission for it."""

DEPTH_MAX = 10


def deep_roles(model, operation, shapes, depth):
    """The paths of an operation's request that are deeper than `depth` and may hold a role; `shapes` have one somewhere."""
    reference = model.operations[operation].get("input")
    found = []
    if reference:
        walk(model, reference["shape"], [], (shapes, depth, found))
    return found


def walk(model, shape_name, above, context):
    """Adds the paths to roles below a structure; a shape is entered once on a path, and a map's keys are nobody's names."""
    shapes, depth, found = context
    path = [name for name, _ in above]
    if len(path) >= DEPTH_MAX:
        return
    for member, reference in model.shapes[shape_name].get("members", {}).items():
        inner = reference["shape"]
        if model.shapes[inner]["type"] == "list":
            inner = model.shapes[inner]["member"]["shape"]
        place = [*path, member[:1].lower() + member[1:]]
        if model.shapes[inner]["type"] == "string" and len(place) > depth and names_a_role(member):
            found.append(".".join(place))
        elif inner in shapes and inner not in [shape for _, shape in above]:
            walk(model, inner, [*above, (place[-1], inner)], context)


def names_a_role(name):
    """Says whether a parameter of this name may hold a role or its ARN."""
    lower = name.lower()
    return lower.endswith(("role", "roles")) or "rolearn" in lower


def shapes_above_roles(shapes):
    """The structures that have a role at any depth."""
    found = set()
    grows = True
    while grows:
        grows = False
        for name, shape in shapes.items():
            if shape["type"] == "structure" and name not in found and has_role(shapes, shape, found):
                found.add(name)
                grows = True
    return found


def has_role(shapes, shape, found):
    """Says whether a structure has a role, or one of the structures found so far."""
    for member, reference in shape.get("members", {}).items():
        inner = reference["shape"]
        if shapes[inner]["type"] == "list":
            inner = shapes[inner]["member"]["shape"]
        if inner in found or (shapes[inner]["type"] == "string" and names_a_role(member)):
            return True
    return False
