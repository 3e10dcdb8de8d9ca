"""Writes the catalog's files so that people can read and mend them: sorted, one fact a line, the same bytes every time."""

import json


def inline(value):
    """A value on one line."""
    return json.dumps(value, ensure_ascii=False)


def lines_of(mapping):
    """An object with one entry a line, on the second level of a file."""
    if not mapping:
        return "{}"
    body = ",\n".join(f"    {inline(key)}: {inline(value)}" for key, value in mapping.items())
    return "{\n" + body + "\n  }"


def list_of(values):
    """An array with one entry a line, on the second level of a file."""
    if not values:
        return "[]"
    return "[\n" + ",\n".join(f"    {inline(value)}" for value in values) + "\n  ]"


def render_service(service):
    """The text of a service's file."""
    parts = []
    for key, value in service.items():
        if isinstance(value, dict):
            text = lines_of(value)
        elif key == "operations":
            text = list_of(value)
        else:
            text = inline(value)
        parts.append(f"  {inline(key)}: {text}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def render_table(table):
    """The text of an object with one entry a line."""
    return "{\n" + ",\n".join(f"  {inline(key)}: {inline(value)}" for key, value in table.items()) + "\n}\n"


def render_sections(sections):
    """The text of an object of lists, with one entry of a list a line."""
    return "{\n" + ",\n".join(f"  {inline(key)}: {list_of(values)}" for key, values in sections.items()) + "\n}\n"


def render(value):
    """The text of any other file."""
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"
