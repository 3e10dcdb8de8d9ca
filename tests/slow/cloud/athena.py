"""Athena that runs its queries: over a table in DuckDB, in Athena's own SQL, with a result that lies in the bucket.

A query is QUEUED when it is asked for the first time, RUNNING the second, and over then. What moto has of Athena runs nothing.
"""

import csv
import io
import json
import re
import uuid

import boto3

from engines.table import COLUMNS, translated


PROPERTIES = {
    "projection.enabled": "true", "projection.account.values": "111122223333", "projection.region.values": "eu-central-1,us-east-1",
    "projection.day.format": "yyyy/MM/dd", "projection.day.range": "2026/06/01,NOW",
    "storage.location.template": "s3://polgen-trail/AWSLogs/${account}/CloudTrail/${region}/${day}",
}


def hive(kind):
    """A type of DuckDB in Hive's words."""
    kind = kind.replace('"', "").replace("VARCHAR", "string")
    kind = re.sub(r"(\w+) (string|STRUCT)", r"\1:\2", kind).replace(", ", ",")
    if kind.endswith("[]"):
        kind = f"array<{kind[:-2]}>"
    return kind.replace("STRUCT(", "struct<").replace(")", ">")


STANDARD = {name: hive(kind) for name, kind in COLUMNS.items() if name not in ("account", "region", "day", "$path")}


PAGE = 20


class Athena:
    """The queries of one cloud."""

    def __init__(self, table=None):
        self.table = table
        self.queries = {}
        # How many times a query is RUNNING, what it says of what it scanned, and why it fails.
        self.runs, self.scanned, self.failure = 1, 4_096, None
        # What is told of tables beside their columns, and their columns where they are not the standard ones.
        self.properties, self.columns = dict(PROPERTIES), None
        # The columns of single tables, and whether Athena keeps results itself and gives them page by page.
        self.tables, self.is_managed = {}, False

    def start(self, call, url):
        configuration = call.params.get("ResultConfiguration") or {}
        place = configuration.get("OutputLocation")
        if not place and not self.is_managed:
            return "InvalidRequestException", "No output location provided. An output location is required either through the Workgroup result configuration setting or as an API input."
        identifier = str(uuid.uuid4())
        self.queries[identifier] = {
            "sql": call.params["QueryString"], "place": place and f"{place.rstrip('/')}/{identifier}.csv", "looks": 0, "state": "QUEUED", "url": url,
        }
        return None, {"QueryExecutionId": identifier}

    def look(self, call):
        query = self.queries.get(call.params["QueryExecutionId"])
        if query is None:
            return "InvalidRequestException", "QueryExecution was not found"
        if query["state"] in ("QUEUED", "RUNNING"):
            query["looks"] += 1
            query["state"] = "RUNNING" if 1 < query["looks"] <= 1 + self.runs else query["state"]
            if query["looks"] > 1 + self.runs:
                self.end(query)
        status = {"State": query["state"], **({"StateChangeReason": query["reason"]} if "reason" in query else {})}
        return None, {"QueryExecution": {
            "QueryExecutionId": call.params["QueryExecutionId"], "Status": status,
            **({"ResultConfiguration": {"OutputLocation": query["place"]}} if query["place"] else {}),
            "Statistics": {"DataScannedInBytes": self.scanned},
        }}

    def end(self, query):
        if self.failure:
            query.update(state="FAILED", reason=self.failure)
            return
        rows = self.table.run(query["sql"], "athena", "answer.csv").read_bytes()
        if self.is_managed:
            query.update(state="SUCCEEDED", rows=list(csv.reader(io.StringIO(rows.decode(), newline=""))))
            return
        bucket, _, key = query["place"].removeprefix("s3://").partition("/")
        client = boto3.client("s3", endpoint_url=query["url"], region_name="us-east-1", aws_access_key_id="athena", aws_secret_access_key="athena")
        client.put_object(Bucket=bucket, Key=key, Body=rows)
        query["state"] = "SUCCEEDED"

    def results(self, call):
        rows, offset = self.queries[call.params["QueryExecutionId"]]["rows"], int(call.params.get("NextToken") or 0)
        page = [{"Data": [{"VarCharValue": cell} for cell in row]} for row in rows[offset:offset + PAGE]]
        return None, {"ResultSet": {"Rows": page}, **({"NextToken": str(offset + PAGE)} if offset + PAGE < len(rows) else {})}

    def metadata(self, call):
        if call.params["DatabaseName"] != "lake":
            return "MetadataException", f"EntityNotFoundException: Database {call.params['DatabaseName']} not found."
        columns = self.tables.get(call.params["TableName"], self.columns if self.columns is not None else STANDARD)
        return None, {"TableMetadata": {
            "Name": call.params["TableName"], "TableType": "EXTERNAL_TABLE", "Parameters": self.properties,
            "Columns": [{"Name": name, "Type": kind} for name, kind in columns.items()],
            "PartitionKeys": [{"Name": name, "Type": "string"} for name in ("account", "region", "day")],
        }}

    def stop(self, call):
        self.queries[call.params["QueryExecutionId"]]["state"] = "CANCELLED"
        return None, {}


def answer(act):
    def answered(cloud, call):
        problem, content = act(cloud, call)
        kind = "application/x-amz-json-1.1"
        if problem:
            return "400 Bad Request", kind, json.dumps({"__type": problem, "message": content}).encode()
        return "200 OK", kind, json.dumps(content).encode()

    return answered


ATHENA = {
    "athena:StartQueryExecution": answer(lambda cloud, call: cloud.athena.start(call, cloud.url)),
    "athena:GetQueryExecution": answer(lambda cloud, call: cloud.athena.look(call)),
    "athena:GetQueryResults": answer(lambda cloud, call: cloud.athena.results(call)),
    "athena:GetTableMetadata": answer(lambda cloud, call: cloud.athena.metadata(call)),
    "athena:StopQueryExecution": answer(lambda cloud, call: cloud.athena.stop(call)),
}
