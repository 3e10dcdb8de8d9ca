#!/usr/bin/env python3
"""Asks another tool what a role, or every role, called: what polgen's speed is compared with.

    benches/peers.py duckdb|chdb|jq|trailscraper FOLDER [ROLE_ARN]

Prints one line per caller, event source, operation and error code with its count, or, for trailscraper, the policy that it makes.
That is less than polgen does: no peer but trailscraper maps what it counts. Run by benches/compare with the packages pinned there.
"""

import glob
import os
import subprocess
import sys

ISSUER = "userIdentity.sessionContext.sessionIssuer.arn"


def duckdb(folder, role):
    import duckdb

    database = duckdb.connect()
    database.execute("SET threads TO 2")
    shape = ("STRUCT(userIdentity STRUCT(sessionContext STRUCT(sessionIssuer STRUCT(arn VARCHAR))), "
             "eventSource VARCHAR, eventName VARCHAR, errorCode VARCHAR)[]")
    condition = f"WHERE r.{ISSUER} = $role" if role else ""
    rows = database.execute(
        f"SELECT r.{ISSUER} AS caller, r.eventSource, r.eventName, r.errorCode, count(*) FROM (SELECT unnest(Records) AS r "
        f"FROM read_json($files, columns = {{Records: '{shape}'}}, maximum_object_size = 67108864)) {condition} GROUP BY ALL ORDER BY ALL",
        {"files": f"{folder}/**/*.json.gz", **({"role": role} if role else {})}).fetchall()
    for row in rows:
        print(*("-" if value is None else value for value in row), sep="\t")


def chdb(folder, role):
    import chdb

    path = "'userIdentity', 'sessionContext', 'sessionIssuer', 'arn'"
    quoted = (role or "").replace("\\", "\\\\").replace("'", "\\'")
    condition = f"WHERE caller = '{quoted}'" if role else ""
    print(chdb.query(
        f"SELECT JSONExtractString(record, {path}) AS caller, JSONExtractString(record, 'eventSource') AS source, "
        f"JSONExtractString(record, 'eventName') AS operation, JSONExtractString(record, 'errorCode') AS error, count() "
        f"FROM (SELECT arrayJoin(JSONExtractArrayRaw(json, 'Records')) AS record FROM file('{folder}/**/*.json.gz', 'JSONAsString')) "
        f"{condition} GROUP BY ALL ORDER BY ALL SETTINGS max_threads = 2", "TSV"), end="")


def jq(folder, role):
    program = (f'.Records[] | select($role == "" or .{ISSUER} == $role) '
               f'| [.{ISSUER} // "-", .eventSource, .eventName, .errorCode // "-"] | @tsv')
    files = subprocess.Popen(["find", folder, "-name", "*.json.gz", "-print0"], stdout=subprocess.PIPE)
    command = f'xargs -0 -n 8 -P 2 sh -c \'zcat "$@" | jq -r --arg role "$ROLE" "$PROGRAM"\' - | sort | uniq -c'
    subprocess.run(["sh", "-c", command], stdin=files.stdout, check=True, env={**os.environ, "ROLE": role or "", "PROGRAM": program})


def trailscraper(folder, role):
    tool = os.path.join(os.path.dirname(sys.executable), "trailscraper")
    chosen = ["--filter-assumed-role-arn", role] if role else []
    selected = subprocess.Popen([tool, "select", "--log-dir", folder, *chosen], stdout=subprocess.PIPE)
    subprocess.run([tool, "generate"], stdin=selected.stdout, check=True)
    if selected.wait() != 0:
        raise SystemExit("error: `trailscraper select` failed")


PEERS = {tool.__name__: tool for tool in (duckdb, chdb, jq, trailscraper)}

if __name__ == "__main__":
    if len(sys.argv) not in (3, 4) or sys.argv[1] not in PEERS:
        raise SystemExit(__doc__)
    if not glob.glob(f"{sys.argv[2]}/**/*.json.gz", recursive=True):
        raise SystemExit(f"error: {sys.argv[2]}: no *.json.gz file in it")
    PEERS[sys.argv[1]](sys.argv[2], sys.argv[3] if len(sys.argv) == 4 else None)
