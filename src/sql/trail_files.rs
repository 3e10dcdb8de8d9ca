//! Trail files as a table: for engines that read JSON by themselves.

use super::dialect::Dialect;

/// What of `userIdentity` is read, in DuckDB's types.
const IDENTITY: &str = "STRUCT(\"type\" VARCHAR, principalId VARCHAR, arn VARCHAR, accountId VARCHAR, invokedBy VARCHAR, userName VARCHAR, sessionContext STRUCT(sessionIssuer STRUCT(\"type\" VARCHAR, arn VARCHAR, accountId VARCHAR, userName VARCHAR), ec2RoleDelivery VARCHAR, webIdFederationData STRUCT(federatedProvider VARCHAR)))";

/// Members that are texts.
const TEXTS: [&str; 15] = [
    "eventID",
    "eventTime",
    "eventSource",
    "eventName",
    "awsRegion",
    "eventType",
    "eventCategory",
    "recipientAccountId",
    "sharedEventID",
    "errorCode",
    "errorMessage",
    "sourceIPAddress",
    "userAgent",
    "vpcEndpointId",
    "requestID",
];

/// Writes the files below a place, a written text, as a table with the standard columns.
pub(super) fn relation(place: &str, dialect: Dialect) -> String {
    if dialect != Dialect::DuckDb {
        // Others need a table; the command line has refused this before.
        return place.to_owned();
    }
    let texts = TEXTS.map(|name| format!("{name} VARCHAR")).join(", ");
    let record = format!(
        "STRUCT({texts}, userIdentity {IDENTITY}, requestParameters JSON, responseElements JSON, additionalEventData JSON, resources STRUCT(ARN VARCHAR, ARNPrefix VARCHAR, accountId VARCHAR, \"type\" VARCHAR)[], tlsDetails STRUCT(tlsVersion VARCHAR))"
    );
    format!(
        "(SELECT unnest(r), \"filename\" AS \"$path\" FROM (SELECT unnest(\"Records\") AS r, \"filename\" FROM read_json({place}, columns = {{\"Records\": '{}[]'}}, filename = true, maximum_object_size = 33554432))) AS trail",
        record.replace('\'', "''")
    )
}
