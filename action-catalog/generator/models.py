"""Reads the API models: which operations there are, and to which IAM prefix each API belongs.

An API belongs to the prefix whose action names its operations share most. Where names decide nothing, the signing name,
the endpoint and the model's own name are asked, in that order; what is still open stands in `assignments.json`.
"""

import gzip
import json

SHARE_THAT_DECIDES = 0.5


class Model:
    """One API, in its newest version."""

    def __init__(self, key, data):
        self.key = key
        self.operations = data["operations"]
        self.shapes = data["shapes"]
        metadata = data["metadata"]
        self.protocol = metadata["protocol"]
        self.endpoint = metadata["endpointPrefix"]
        self.signing = metadata.get("signingName") or self.endpoint

    def event_sources(self):
        """The event sources under which CloudTrail may record this API."""
        return sorted({f"{self.signing}.amazonaws.com".lower(), f"{self.endpoint}.amazonaws.com".lower()})


def read_models(archive):
    """Returns the newest model of every API, by name."""
    newest = {}
    for name in archive.names:
        parts = name.split("/")
        if len(parts) == 5 and parts[4] == "service-2.json.gz":
            newest[parts[2]] = max(name, newest.get(parts[2], ""))
    return [Model(key, json.loads(gzip.decompress(archive.read(newest[key])))) for key in sorted(newest)]


def assign(models, services, assignments):
    """Returns prefix -> its models, and model -> reason for those that no prefix is known for."""
    assigned, open_models = {}, {}
    for model in models:
        fixed = assignments.get(model.key)
        prefix = fixed["prefix"] if fixed else prefix_of(model, services)
        if prefix:
            assigned.setdefault(prefix, []).append(model)
        else:
            open_models[model.key] = fixed["reason"] if fixed else None
    return assigned, open_models


def prefix_of(model, services):
    """The prefix that the model's names speak for, or None."""
    hints = [name for name in (model.signing, model.endpoint, model.key) if name in services]

    def score(prefix):
        shared = sum(1 for name in model.operations if name in services[prefix]["actions"])
        rank = len(hints) - hints.index(prefix) if prefix in hints else 0
        return shared, rank

    best = max(sorted(services), key=score)
    if score(best)[0] >= SHARE_THAT_DECIDES * len(model.operations):
        return best
    return hints[0] if hints else None


def add_operations(services, assigned):
    """Gives each service the operations and event sources of its APIs."""
    claimed = {source for models in assigned.values() for model in models for source in model.event_sources()}
    for prefix, service in services.items():
        models = assigned.get(prefix, [])
        operations = {name for model in models for name in model.operations}
        sources = {source for model in models for source in model.event_sources()}
        own = f"{prefix}.amazonaws.com"
        if own not in claimed:
            sources.add(own)
        service["operations"] = sorted(operations)
        service["event_sources"] = sorted(sources)
