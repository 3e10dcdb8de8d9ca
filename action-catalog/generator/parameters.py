"""Lists the parameters of an operation as CloudTrail writes them: paths to the texts in a request and in an answer.

A path is the members' names with a lower first letter, joined by dots; lists are walked through without a sign, `@keys` takes
the keys of a map. Amazon EC2 and Amazon S3 write their requests in forms of their own.
"""

from generator import roles

DEPTH = 4
TEXTS = ("string", "integer", "long")
OTHERS = ("boolean", "timestamp", "blob", "float", "double")


class Parameter:
    """One text that a request or an answer may hold."""

    def __init__(self, path, name, is_text=True, required=False, in_uri=False, is_list=False):
        self.path = path
        self.name = name
        self.is_text = is_text
        self.required = required
        self.in_uri = in_uri
        self.is_list = is_list
        self.depth = path.removesuffix(".@keys").count(".")


def lower_first(name):
    """The member's name as CloudTrail writes it."""
    return name[:1].lower() + name[1:]


def of_request(model, operation):
    """The texts in an operation's request."""
    return [parameter for parameter in all_of_request(model, operation) if parameter.is_text]


def all_of_request(model, operation):
    """All parameters of an operation's request."""
    return of_shape(model, model.operations[operation].get("input"))


def of_answer(model, operation):
    """The texts in an operation's answer."""
    found = of_shape(model, model.operations[operation].get("output"))
    return [parameter for parameter in found if parameter.is_text]


def of_shape(model, reference):
    """Walks a shape; recursion ends at a fixed depth, since shapes may hold themselves."""
    found = []
    if reference:
        walk_structure(model, reference["shape"], "", found)
    return found


def walk_structure(model, shape_name, prefix, found):
    """Adds the parameters below one structure."""
    shape = model.shapes[shape_name]
    for member, reference in shape.get("members", {}).items():
        name = member_name(model, member, reference, prefix)
        context = {
            "required": member in shape.get("required", []) and not prefix,
            "in_uri": reference.get("location") == "uri",
        }
        walk(model, reference["shape"], prefix + name, member, context, found)


def member_name(model, member, reference, prefix):
    """The name under which CloudTrail shows a member."""
    if model.protocol == "ec2" and "locationName" in reference:
        return lower_first(reference["locationName"])
    if model.key == "s3" and not prefix:
        if member == "Bucket":
            return "bucketName"
        if reference.get("location") in ("header", "querystring"):
            return reference["locationName"]
    return lower_first(member)


def walk(model, shape_name, path, member, context, found):
    """Adds the texts at and below one member."""
    shape = model.shapes[shape_name]
    kind = shape["type"]
    if kind in TEXTS:
        found.append(Parameter(path, member, **context))
    elif kind in OTHERS:
        found.append(Parameter(path, member, is_text=False, **context))
    elif kind == "structure" and path.count(".") + 1 < DEPTH:
        walk_structure(model, shape_name, path + ".", found)
    elif kind == "list":
        element = shape["member"]["shape"]
        if model.shapes[element]["type"] in TEXTS:
            found.append(Parameter(path, member, is_list=True, **context))
        elif model.shapes[element]["type"] == "structure" and path.count(".") + 1 < DEPTH:
            walk_structure(model, element, path + ".", found)
    elif kind == "map" and model.shapes[shape["key"]["shape"]]["type"] in TEXTS:
        found.append(Parameter(path + ".@keys", member, is_list=True, **context))


def tables(services, assigned):
    """Returns prefix -> operation -> the paths in its request, and those in its answer that may name a resource."""
    found = {}
    for prefix in sorted(services):
        table = {}
        for model in assigned.get(prefix, []):
            above = roles.shapes_above_roles(model.shapes)
            for operation in model.operations:
                paths = table.setdefault(operation, {"request": set(), "response": set()})
                paths["request"].update(parameter.path for parameter in all_of_request(model, operation))
                paths["request"].update(roles.deep_roles(model, operation, above, DEPTH))
                answer = of_answer(model, operation)
                paths["response"].update(parameter.path for parameter in answer if names_something(parameter))
        if table:
            found[prefix] = {
                operation: {side: sorted(paths) for side, paths in sorted(table[operation].items())}
                for operation in sorted(table)
            }
    return found


def names_something(parameter):
    """Says whether a text in an answer may be an ARN, an id or a name."""
    return parameter.name.lower().rstrip("s").endswith(("arn", "id", "name", "identifier", "url"))
