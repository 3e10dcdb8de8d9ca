"""Trail files as Security Lake's tables of CloudTrail, in Parquet, and queries in Athena's SQL over them in DuckDB.

The mapping is written down here once more, from what AWS publishes (OCSF 1.1.0, class API Activity, version 2 of the sources), so that the
program's own is not its own witness. What the mapping does not name lies in `unmapped`, a member of an object by its path.
"""

import gzip
import json

import duckdb

from engines.table import lowered, text, translated, write

COLUMNS = {
    "actor": 'STRUCT("user" STRUCT("type" VARCHAR, uid VARCHAR, uid_alt VARCHAR, "name" VARCHAR, credential_uid VARCHAR, account STRUCT(uid VARCHAR)), '
             "session STRUCT(issuer VARCHAR, is_mfa BOOLEAN), invoked_by VARCHAR, idp STRUCT(name VARCHAR))",
    "api": "STRUCT(operation VARCHAR, version VARCHAR, service STRUCT(name VARCHAR), request STRUCT(uid VARCHAR, data VARCHAR), "
           "response STRUCT(error VARCHAR, message VARCHAR, data VARCHAR))",
    "cloud": "STRUCT(provider VARCHAR, region VARCHAR, account STRUCT(uid VARCHAR))",
    "http_request": "STRUCT(user_agent VARCHAR)",
    "metadata": "STRUCT(uid VARCHAR, event_code VARCHAR, version VARCHAR, product STRUCT(name VARCHAR, feature STRUCT(name VARCHAR)))",
    "resources": 'STRUCT(uid VARCHAR, account STRUCT(uid VARCHAR), "type" VARCHAR)[]',
    "src_endpoint": "STRUCT(uid VARCHAR, ip VARCHAR, domain VARCHAR)",
    "unmapped": "MAP(VARCHAR, VARCHAR)",
    "time_dt": "TIMESTAMP", "class_uid": "INTEGER", "accountid": "VARCHAR", "region": "VARCHAR",
}
TABLES = {"Management": "lake.cloud_trail_mgmt_2_0", "Data": "lake.s3_data_2_0"}


def is_address(origin):
    return bool(origin) and all(sign in "0123456789abcdefABCDEF.:" for sign in origin) and ("." in origin or ":" in origin)


def row(record):
    record = lowered(record)
    caller = lowered(record.get("useridentity"))
    context = lowered(caller.get("sessioncontext"))
    issuer = lowered(context.get("sessionissuer"))
    origin = record.get("sourceipaddress")
    unmapped = {
        "recipientAccountId": record.get("recipientaccountid"),
        "readOnly": text(record.get("readonly")),
        "sharedEventId": record.get("sharedeventid"),
        "tlsDetails.tlsVersion": lowered(record.get("tlsdetails")).get("tlsversion"),
        "userIdentity.sessionContext.ec2RoleDelivery": context.get("ec2roledelivery"),
        **{f"userIdentity.sessionContext.sessionIssuer.{name}": issuer.get(name.lower()) for name in ("type", "principalId", "accountId", "userName")},
    }
    resources = record.get("resources")
    return {
        "actor": {
            "user": {"type": caller.get("type"), "uid": caller.get("arn"), "uid_alt": caller.get("principalid"), "name": caller.get("username"),
                     "credential_uid": caller.get("accesskeyid"), "account": {"uid": caller.get("accountid")}},
            "session": {"issuer": issuer.get("arn")},
            "invoked_by": caller.get("invokedby"),
            "idp": {"name": lowered(context.get("webidfederationdata")).get("federatedprovider")},
        },
        "api": {
            "operation": record.get("eventname"), "service": {"name": record.get("eventsource")},
            "request": {"uid": record.get("requestid"), "data": text(record.get("requestparameters"))},
            "response": {"error": record.get("errorcode"), "message": record.get("errormessage"), "data": text(record.get("responseelements"))},
        },
        "cloud": {"provider": "AWS", "region": record.get("awsregion"), "account": {"uid": record.get("recipientaccountid")}},
        "http_request": {"user_agent": record.get("useragent")},
        "metadata": {"uid": record.get("eventid"), "event_code": record.get("eventtype"), "version": "1.1.0",
                     "product": {"name": "CloudTrail", "feature": {"name": record.get("eventcategory")}}},
        "resources": [{"uid": one.get("arn"), "account": {"uid": one.get("accountid")}, "type": one.get("type")} for one in map(lowered, resources)]
        if isinstance(resources, list) else None,
        "src_endpoint": {"uid": record.get("vpcendpointid"), "ip" if is_address(origin) else "domain": origin},
        "unmapped": {key: value for key, value in unmapped.items() if value is not None},
        "time_dt": record["eventtime"].removesuffix("Z").replace("T", " "), "class_uid": 6003,
        "accountid": record.get("recipientaccountid"), "region": record.get("awsregion"),
    }


class Lake:
    """Security Lake's tables, of the trail files below a folder."""

    def __init__(self, folder, scratch):
        scratch.mkdir(exist_ok=True)
        self.scratch = scratch
        self.engine = duckdb.connect()
        self.engine.execute("SET memory_limit = '1GB'; SET threads = 2; CREATE SCHEMA lake")
        rows = {name: [] for name in TABLES}
        for path in sorted(folder.rglob("*.json.gz")):
            if "CloudTrail" in path.parts:
                for record in json.loads(gzip.decompress(path.read_bytes()))["Records"]:
                    rows["Data" if record.get("eventCategory") == "Data" else "Management"].append(row(record))
        columns = "{" + ", ".join(f"'{name}': '{kind}'" for name, kind in COLUMNS.items()) + "}"
        for name, table in TABLES.items():
            lines, parquet = scratch / f"{name}.ndjson", scratch / f"{name}.parquet"
            lines.write_text("".join(json.dumps(one) + "\n" for one in rows[name]))
            read = f"read_json('{lines}', format = 'newline_delimited', columns = {columns})"
            self.engine.execute(f"COPY (SELECT * FROM {read}) TO '{parquet}' (FORMAT parquet)")
            self.engine.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{parquet}')")

    def run(self, query, dialect, name="rows.csv"):
        """Runs a query and writes its result as CSV."""
        return write(self.engine, translated(query, dialect), self.scratch / name)
