"""Trail files as the table that Athena's CloudTrail SerDe makes of them, in DuckDB, and queries in Athena's SQL over it.

sqlglot reads the query as Athena's engine does, so what it cannot parse is no Athena SQL, and writes it for DuckDB. Objects are
JSON texts in the table, names of members are in lower case, and whatever the table has no column for is lost.
"""

import gzip
import json

import duckdb
import sqlglot

SESSION = (
    'STRUCT(attributes STRUCT(mfaauthenticated VARCHAR, creationdate VARCHAR), sessionissuer STRUCT("type" VARCHAR, principalid VARCHAR, '
    'arn VARCHAR, accountid VARCHAR, username VARCHAR), ec2roledelivery VARCHAR, webidfederationdata STRUCT(federatedprovider VARCHAR))'
)
IDENTITY = (
    'STRUCT("type" VARCHAR, principalid VARCHAR, arn VARCHAR, accountid VARCHAR, invokedby VARCHAR, accesskeyid VARCHAR, '
    f"username VARCHAR, sessioncontext {SESSION})"
)
TEXTS = (
    "eventversion eventtime eventsource eventname awsregion sourceipaddress useragent errorcode errormessage requestparameters "
    "responseelements additionaleventdata requestid eventid readonly eventtype apiversion recipientaccountid serviceeventdetails "
    "sharedeventid vpcendpointid eventcategory"
).split()
COLUMNS = {
    **dict.fromkeys(TEXTS, "VARCHAR"),
    "useridentity": IDENTITY,
    "resources": 'STRUCT(arn VARCHAR, accountid VARCHAR, "type" VARCHAR)[]',
    "tlsdetails": "STRUCT(tlsversion VARCHAR, ciphersuite VARCHAR)",
    **dict.fromkeys(["account", "region", "day", "$path"], "VARCHAR"),
}


def text(value):
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def lowered(value):
    return {key.lower(): inner for key, inner in value.items()} if isinstance(value, dict) else {}


def texts(value, names):
    return {name: text(value.get(name)) for name in names}


def identity(value):
    value = lowered(value)
    if not value:
        return None
    context = lowered(value.get("sessioncontext"))
    issuer, attributes = lowered(context.get("sessionissuer")), lowered(context.get("attributes"))
    return {
        **texts(value, ["type", "principalid", "arn", "accountid", "invokedby", "accesskeyid", "username"]),
        "sessioncontext": context and {
            "attributes": texts(attributes, ["mfaauthenticated", "creationdate"]),
            "sessionissuer": texts(issuer, ["type", "principalid", "arn", "accountid", "username"]),
            "ec2roledelivery": text(context.get("ec2roledelivery")),
            "webidfederationdata": texts(lowered(context.get("webidfederationdata")), ["federatedprovider"]),
        } or None,
    }


def row(record, path):
    record = lowered(record)
    resources, tls = record.get("resources"), lowered(record.get("tlsdetails"))
    parts = path.parts
    at = parts.index("CloudTrail")
    return {
        **texts(record, TEXTS),
        "useridentity": identity(record.get("useridentity")),
        "resources": [texts(lowered(one), ["arn", "accountid", "type"]) for one in resources] if isinstance(resources, list) else None,
        "tlsdetails": texts(tls, ["tlsversion", "ciphersuite"]) if tls else None,
        "account": parts[at - 1], "region": parts[at + 1], "day": "/".join(parts[at + 2:at + 5]),
        "$path": "s3://trail/" + "/".join(parts[at - 1:]),
    }


class Table:
    """The table `lake.cloudtrail`, of the trail files below a folder."""

    def __init__(self, folder, scratch):
        scratch.mkdir(exist_ok=True)
        self.scratch = scratch
        self.engine = duckdb.connect()
        self.engine.execute("SET memory_limit = '1GB'; SET threads = 2; CREATE SCHEMA lake")
        lines = scratch / "rows.ndjson"
        with lines.open("w") as output:
            for path in sorted(folder.rglob("*.json.gz")):
                if "CloudTrail" in path.parts:
                    for record in json.loads(gzip.decompress(path.read_bytes()))["Records"]:
                        output.write(json.dumps(row(record, path)) + "\n")
        self.engine.execute(
            "CREATE TABLE lake.cloudtrail AS SELECT * FROM read_json(?, format = 'newline_delimited', columns = "
            + "{" + ", ".join(f"'{name}': '{kind}'" for name, kind in COLUMNS.items()) + "}, maximum_object_size = 67108864)",
            [str(lines)],
        )

    def run(self, query, dialect, name="rows.csv"):
        """Runs a query and writes its result as CSV."""
        return write(self.engine, translated(query, dialect), self.scratch / name)


def translated(query, dialect):
    if dialect == "duckdb":
        return query
    statements = sqlglot.parse(query, read=dialect)
    assert len(statements) == 1, "one statement, whatever the names in it"
    return statements[0].sql(dialect="duckdb")


def write(engine, query, path):
    engine.execute(f"COPY ({query.rstrip().rstrip(';')}) TO '{path}' (HEADER, FORMAT csv)")
    return path
