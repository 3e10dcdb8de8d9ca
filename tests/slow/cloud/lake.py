"""CloudTrail Lake that runs its queries: over an event data store in DuckDB, in the shapes of CloudTrail's API reference.

A query is QUEUED when it is asked for the first time, RUNNING the second, and over then. Results come in pages, a map a column.
"""

import csv
import json
import uuid

PAGE = 50


class Store:
    """An event data store, of the trail files below a folder."""

    ID = "a1b2c3d4-5678-90ab-cdef-000000000001"

    def __init__(self, table=None):
        self.table, self.queries = table, {}
        self.runs, self.scanned, self.failure, self.lost = 1, 4_096, None, 0

    def start(self, call):
        statement = call.params["QueryStatement"]
        if len(statement) > 10_000:
            return "InvalidParameterException", "QueryStatement has more than 10000 characters"
        if f"FROM {self.ID}\n" not in statement:
            return "EventDataStoreNotFoundException", "EventDataStore not found"
        identifier = str(uuid.uuid4())
        self.queries[identifier] = {"sql": statement.replace(f"FROM {self.ID}\n", "FROM lake.store\n"), "looks": 0, "state": "QUEUED", "rows": None}
        return None, {"QueryId": identifier}

    def describe(self, call):
        query = self.queries.get(call.params["QueryId"])
        if query is None:
            return "QueryIdNotFoundException", "QueryId not found"
        if query["state"] in ("QUEUED", "RUNNING"):
            query["looks"] += 1
            query["state"] = "RUNNING" if 1 < query["looks"] <= 1 + self.runs else query["state"]
            if query["looks"] > 1 + self.runs:
                query["state"] = self.failure[0] if self.failure else "FINISHED"
                if not self.failure:
                    with self.table.run(query["sql"], "athena", "lake.csv").open(newline="") as rows:
                        query["rows"] = list(csv.DictReader(rows))
        found = {"QueryId": call.params["QueryId"], "QueryString": query["sql"], "QueryStatus": query["state"],
                 "QueryStatistics": {"EventsScanned": 1, "EventsMatched": 1, "BytesScanned": self.scanned, "ExecutionTimeInMillis": 1}}
        return None, {**found, **({"ErrorMessage": self.failure[1]} if self.failure and query["state"] == self.failure[0] else {})}

    def results(self, call):
        query = self.queries[call.params["QueryId"]]
        offset = int(call.params.get("NextToken") or 0)
        rows = query["rows"][offset:offset + PAGE]
        total = len(query["rows"])
        answer = {"QueryStatus": "FINISHED", "QueryResultRows": [[{name: value} for name, value in row.items()] for row in rows],
                  "QueryStatistics": {"ResultsCount": len(rows), "TotalResultsCount": total + self.lost, "BytesScanned": self.scanned}}
        if offset + PAGE < total:
            answer["NextToken"] = str(offset + PAGE)
        return None, answer

    def cancel(self, call):
        self.queries[call.params["QueryId"]]["state"] = "CANCELLED"
        return None, {"QueryId": call.params["QueryId"], "QueryStatus": "CANCELLED"}


def answer(act):
    def answered(cloud, call):
        problem, content = act(cloud.store, call)
        kind = "application/x-amz-json-1.1"
        if problem:
            return "400 Bad Request", kind, json.dumps({"__type": problem, "message": content}).encode()
        return "200 OK", kind, json.dumps(content).encode()

    return answered


LAKE = {
    "cloudtrail:StartQuery": answer(Store.start),
    "cloudtrail:DescribeQuery": answer(Store.describe),
    "cloudtrail:GetQueryResults": answer(Store.results),
    "cloudtrail:CancelQuery": answer(Store.cancel),
}
