"""Trail files as an event data store of CloudTrail Lake, in DuckDB: moments are no texts, and objects are maps of texts.

Source of the columns: AWS CloudTrail user guide, "Supported SQL schemas for event data stores".
"""

import gzip
import json

import duckdb

from engines.table import IDENTITY, TEXTS, identity, lowered, text, texts, translated, write

MAPS = ("requestparameters", "responseelements", "additionaleventdata")
COLUMNS = {
    **dict.fromkeys([name for name in TEXTS if name not in MAPS], "VARCHAR"), **dict.fromkeys(MAPS, "MAP(VARCHAR, VARCHAR)"),
    "eventtime": "TIMESTAMP", "useridentity": IDENTITY,
    "resources": 'STRUCT(accountid VARCHAR, "type" VARCHAR, arn VARCHAR, arnprefix VARCHAR)[]',
    "tlsdetails": "STRUCT(tlsversion VARCHAR, ciphersuite VARCHAR, clientprovidedhostheader VARCHAR)",
}


def row(record):
    record = lowered(record)
    resources = record.get("resources")
    return {
        **texts(record, [name for name in TEXTS if name not in MAPS]),
        **{name: {key: text(value) for key, value in record[name].items()} if isinstance(record.get(name), dict) else None for name in MAPS},
        "eventtime": record["eventtime"].removesuffix("Z").replace("T", " "),
        "useridentity": identity(record.get("useridentity")),
        "resources": [texts(lowered(one), ["accountid", "type", "arn", "arnprefix"]) for one in resources] if isinstance(resources, list) else None,
        "tlsdetails": texts(lowered(record.get("tlsdetails")), ["tlsversion"]),
    }


class EventDataStore:
    """The table `lake.store`, of the trail files below a folder."""

    def __init__(self, folder, scratch):
        scratch.mkdir(exist_ok=True)
        self.scratch = scratch
        self.engine = duckdb.connect()
        self.engine.execute("SET memory_limit = '1GB'; SET threads = 2; CREATE SCHEMA lake")
        lines = scratch / "store.ndjson"
        with lines.open("w") as output:
            for path in sorted(folder.rglob("*.json.gz")):
                if "CloudTrail" in path.parts:
                    for record in json.loads(gzip.decompress(path.read_bytes()))["Records"]:
                        output.write(json.dumps(row(record)) + "\n")
        columns = "{" + ", ".join(f"'{name}': '{kind}'" for name, kind in COLUMNS.items()) + "}"
        self.engine.execute(f"CREATE TABLE lake.store AS SELECT * FROM read_json('{lines}', format = 'newline_delimited', columns = {columns})")

    def run(self, query, dialect, name="rows.csv"):
        """Runs a query and writes its result as CSV."""
        return write(self.engine, translated(query, dialect), self.scratch / name)
