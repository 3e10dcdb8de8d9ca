"""Derives where the parts of an ARN stand in a request, by comparing the names of placeholders and parameters.

Only names decide, never the meaning of a text: a parameter is bound to a placeholder if it has its name, or names the same
thing (`Cluster`, `ClusterName`, `ClusterIdentifier`) with a suffix that fits. Verbs are never changed and plurals never
guessed. What these rules do not reach is left to the hand-written layer.
"""

import re

from . import parameters

GLOBAL = {"Partition", "Region", "Account", "AccountId"}
SUFFIXES = ("identifier", "name", "uuid", "arn", "id")
GENERIC_STEMS = {"", "resource"}
WRAPPERS = ("", "input", "details", "detail", "definition", "info", "summary", "description", "metadata", "identifier")
ANY_ARN = {"arn", "resource", "resourcearn", "resourceidentifier"}
SYNONYMS = (("application", "app"), ("configuration", "config"))
ADJECTIVES = ("source", "target", "destination", "parent", "db")
PARTS_OF_A_VERSION = ("number", "version", "revision", "alias", "label", "qualifier", "date", "family", "familyname", "timestamp",
                      "timpstamp")
SHORTEST_NOUN = 3
PATHS_AT_MOST = 8


def plain(name):
    """A name without case and punctuation, in one spelling."""
    name = re.sub(r"[^a-z0-9]", "", name.lower())
    for word, short in SYNONYMS:
        name = name.replace(word, short)
    return name


def split(name):
    """Stem and suffix of a plain name: `clustername` -> (`cluster`, `name`)."""
    for suffix in SUFFIXES:
        if name.endswith(suffix):
            return name[: -len(suffix)], suffix
    return name, ""


def singular(parameter):
    """The plain name of a parameter; a list's name loses its plural."""
    name = plain(parameter.name)
    return name[:-1] if parameter.is_list and name.endswith("s") and not name.endswith("ss") else name


class Place:
    """A placeholder in an ARN format of a resource type, and the things it may be the name of."""

    def __init__(self, kind, arn, match, is_last, is_only):
        self.kind = kind
        self.name = match.group(1)
        self.is_only = is_only
        stem, self.suffix = split(plain(self.name))
        self.is_generic = stem in GENERIC_STEMS
        self.nouns = set() if self.is_generic else {stem}
        names_whole = is_last and not plain(self.name).endswith(PARTS_OF_A_VERSION)
        if names_whole:
            self.nouns |= {plain(kind), split(plain(kind))[0]}
        if names_whole or self.is_generic:
            segment = segment_before(arn, match.start())
            self.nouns |= {segment, segment.removesuffix("s")}
        self.nouns = {noun for noun in self.nouns if len(noun) >= SHORTEST_NOUN}

    def key(self):
        """The binding's key; a placeholder that any type may have is named with its type."""
        return f"{self.kind}.{self.name}" if self.is_generic else self.name


def segment_before(arn, at):
    """The plain fixed word that stands right before a placeholder: `table` in `table/${TableName}`."""
    resource = arn[:at].split(":", 5)[-1]
    words = re.findall(r"[A-Za-z0-9-]+", resource.rsplit("}", 1)[-1])
    return plain(words[-1]) if words else ""


def places_of(kind, arn):
    """The placeholders of one ARN format that a record has to fill."""
    matches = list(re.finditer(r"\$\{(\w+)\}", arn))
    wanted = [match for match in matches if match.group(1) not in GLOBAL]
    return [Place(kind, arn, match, match is matches[-1], len(wanted) == 1) for match in wanted]


def nouns_of_type(kind, arns):
    """The things that a resource type is called."""
    nouns = {plain(kind)}
    for arn in arns:
        places = places_of(kind, arn)
        if places:
            nouns |= places[-1].nouns
    return nouns


def fits_place(place, parameter):
    """How well a parameter fits a placeholder, whatever the operation: 0 is best, None is not at all."""
    rank = fit_of_names(place, parameter)
    is_far = parameter.depth > 1 or (parameter.depth and rank != 0)
    return None if rank is None or (is_far and not parent_names(parameter, place.nouns)) else rank


def fit_of_names(place, parameter):
    """How well the names fit, wherever the parameter stands."""
    name = singular(parameter)
    if name == plain(place.name) and not place.is_generic:
        return 0
    stem, suffix = split(name)
    if suffix == "arn":
        return None
    if stem not in place.nouns:
        stem = stem.removeprefix("db")
    if stem in place.nouns:
        if suffix == place.suffix:
            return 1
        if suffix in ("identifier", ""):
            return 2
        return 3 if takes_any_suffix(place) else None
    if name in place.nouns:
        return 2
    if name in SUFFIXES and parent_names(parameter, place.nouns):
        return 4 if name == place.suffix or takes_any_suffix(place) or name == "identifier" else None
    return None


def parent_names(parameter, nouns):
    """Says whether the structure around a parameter is called by one of the nouns."""
    parents = parameter.path.removesuffix(".@keys").split(".")[:-1]
    return bool(parents) and any(plain(parents[-1]) == noun + wrapper for noun in nouns for wrapper in WRAPPERS)


def holds_arn(nouns, parameter):
    """How well a parameter fits as the whole ARN of a type called by one of the nouns."""
    name = singular(parameter)
    stem, suffix = split(name)
    if suffix != "arn":
        return None
    if stem in nouns:
        return 0
    return 1 if stem == "" and parent_names(parameter, nouns) else None


def fits_in_operation(place, parameter, operation):
    """Says whether a `name` or `id` is the placeholder's, because the operation is about that thing."""
    stem, suffix = split(singular(parameter))
    if parameter.depth or not suffix or suffix == "arn" or not suffixes_agree(place, suffix):
        return False
    verb, noun = re.match(r"([A-Z][a-z]*)(.*)", operation).groups()
    noun = plain(noun)
    may_begin = verb != "Create" and parameter.required
    about = [known for known in place.nouns if known == noun or (may_begin and noun.startswith(known))]
    return bool(about) and (stem in GENERIC_STEMS or any(known.endswith(stem) for known in about))


def suffixes_agree(place, suffix):
    """Says whether a name is not taken for an id."""
    return suffix in ("identifier", place.suffix) or takes_any_suffix(place)


def takes_any_suffix(place):
    """Says whether a placeholder may be a name or an id; a bare `Id` beside a name in one ARN is an id."""
    return not place.suffix or (place.is_generic and place.is_only)


def with_adjective(place, parameter):
    """Says whether a parameter is the placeholder's thing with a word before it: `targetTableName`."""
    stem, suffix = split(singular(parameter))
    bare = next((stem.removeprefix(word) for word in ADJECTIVES if stem.startswith(word)), None)
    return not parameter.depth and bare in place.nouns and suffix != "arn" and suffixes_agree(place, suffix)


class Binder:
    """Collects the bindings of one service."""

    def __init__(self, service):
        self.service = service
        self.shared = {}
        self.own = {}

    def add_shared(self, key, rank, parameter, in_answer):
        """Notes a path that may serve any operation."""
        path = ("@response." if in_answer else "") + parameter.path
        ranks = self.shared.setdefault(key, {})
        rank = (in_answer, parameter.depth > 0, rank, parameter.depth, path)
        ranks[path] = min(rank, ranks.get(path, rank))

    def add_own(self, operation, key, path):
        """Notes a path that serves one operation only."""
        paths = self.own.setdefault(operation, {}).setdefault(key, [])
        if path not in paths:
            paths.append(path)

    def bind(self, model, operation):
        """Derives the bindings of one operation."""
        action = self.service["actions"].get(operation)
        if not action:
            return
        request = parameters.of_request(model, operation)
        creates = action["access_level"] not in ("List", "Read")
        answer = [it for it in parameters.of_answer(model, operation) if creates and parameters.names_something(it)]
        for kind in action["resource_types"]:
            self.bind_type(kind.rstrip("*"), operation, request, answer)

    def bind_type(self, kind, operation, request, answer):
        """Derives where an operation says which resource of one type it acts on."""
        arns = self.service["resource_types"].get(kind, {"arns": []})["arns"]
        nouns = nouns_of_type(kind, arns)
        is_bound = self.bind_arn(kind, nouns, request, False)
        for arn in arns:
            places = places_of(kind, arn)
            bound = [self.bind_place(place, operation, request) for place in places]
            if not all(bound):
                bound = bind_by_position(self, places, bound, operation, request)
            is_bound = is_bound or all(bound)
        is_bound = is_bound or self.bind_rest(kind, arns, operation, request)
        if not is_bound and not self.bind_arn(kind, nouns, answer, True):
            for place in [place for arn in arns for place in places_of(kind, arn)]:
                self.bind_shared_place(place, answer, True)

    def bind_rest(self, kind, arns, operation, request):
        """Binds what no name told: the one parameter that holds an ARN, or that names the thing with an adjective."""
        nouns = nouns_of_type(kind, arns)
        needed = [parameter for parameter in request if not parameter.depth and parameter.required]
        whole = [it for it in needed if split(singular(it))[1] == "arn" and (len(needed) == 1 or may_name(nouns, it))]
        if len(whole) == 1:
            self.add_own(operation, f"@{kind}", whole[0].path)
            return True
        is_bound = False
        for arn in arns:
            for place in places_of(kind, arn)[-1:]:
                fitting = [parameter for parameter in request if with_adjective(place, parameter)]
                if len(fitting) == 1:
                    self.add_own(operation, place.key(), fitting[0].path)
                    is_bound = True
        return is_bound

    def bind_arn(self, kind, nouns, found, in_answer):
        """Binds parameters that hold the type's whole ARN, and those that hold any ARN."""
        is_bound = False
        for parameter in found:
            rank = holds_arn(nouns, parameter)
            if rank is not None:
                self.add_shared(f"@{kind}", rank, parameter, in_answer)
                is_bound = True
            elif not in_answer and not parameter.depth and singular(parameter) in ANY_ARN:
                self.add_shared("@*", 0, parameter, in_answer)
                is_bound = True
        return is_bound

    def bind_place(self, place, operation, request):
        """Binds one placeholder for one operation; says whether it could."""
        if self.bind_shared_place(place, request, False):
            return True
        fitting = [parameter for parameter in request if fits_in_operation(place, parameter, operation)]
        ids = [parameter for parameter in fitting if split(singular(parameter))[1] != "name"]
        fitting = ids if place.suffix != "name" and ids else fitting
        for parameter in fitting:
            self.add_own(operation, place.key(), parameter.path)
        return bool(fitting)

    def bind_shared_place(self, place, found, in_answer):
        """Binds one placeholder by names alone; says whether it could."""
        is_bound = False
        for parameter in found:
            rank = fits_place(place, parameter)
            is_far = in_answer and (parameter.depth or rank not in (0, 1))
            if rank is not None and not (is_far and not parent_names(parameter, place.nouns)):
                self.add_shared(place.key(), rank, parameter, in_answer)
                is_bound = True
        return is_bound

    def finish(self):
        """Writes what was found into the service."""
        shared = {}
        for key in sorted(self.shared):
            ranks = self.shared[key]
            shared[key] = sorted(ranks, key=ranks.get)[:PATHS_AT_MOST]
        self.service["bindings"] = shared
        self.service["bindings_by_operation"] = {
            operation: dict(sorted(self.own[operation].items())) for operation in sorted(self.own)
        }


def may_name(nouns, parameter):
    """Says whether a parameter's stem is an ending of one of the nouns, or has one as its beginning or ending."""
    stem = split(singular(parameter))[0]
    return stem in GENERIC_STEMS or any(
        noun.endswith(stem) or stem.endswith(noun) or stem.startswith(noun) for noun in nouns
    )


def bind_by_position(binder, places, bound, operation, request):
    """Binds what is left where the URI of a REST call has exactly as many parts left."""
    taken = {path for ranks in binder.shared.values() for path in ranks}
    taken |= {path for paths in binder.own.get(operation, {}).values() for path in paths}
    parts = [parameter for parameter in request if parameter.in_uri and parameter.path not in taken]
    open_places = [place for place, done in zip(places, bound) if not done]
    if len(parts) != 1 or len(open_places) != 1 or not may_name(open_places[0].nouns, parts[0]):
        return bound
    suffix = split(singular(parts[0]))[1]
    if suffix in ("name", "id") and not suffixes_agree(open_places[0], suffix):
        return bound
    if suffix == "arn":
        binder.add_own(operation, f"@{places[-1].kind}", parts[0].path)
    else:
        binder.add_own(operation, open_places[0].key(), parts[0].path)
    return [True] * len(bound)


def add_bindings(services, assigned):
    """Derives the bindings of all services."""
    for prefix, service in services.items():
        binder = Binder(service)
        for model in assigned.get(prefix, []):
            for operation in sorted(model.operations):
                binder.bind(model, operation)
        binder.finish()
