//! Security Lake's tables of CloudTrail: OCSF 1.1.0, class API Activity (6003), version 2 of the sources.
//!
//! Sources: Amazon Security Lake user guide, "Open Cybersecurity Schema Framework (OCSF) in Security Lake" and "Example Security Lake queries
//! for CloudTrail data"; the mapping that AWS publishes with OCSF's examples (AWS, v1.1.0, CloudTrail, API Activity): what it does not name is
//! in the map `unmapped`, members of objects by their path. Of version 1 the parameters lie there in pieces, from which no request can be told.
//!
//! OCSF keeps `additionalEventData` at best in `unmapped`, no name of the trail's file, and times in whole milliseconds.

use super::{Day, Partitions};
use crate::sql::tree::{Expr, Function, call, contains, filled, not, text, when};

/// The columns that all of this needs.
pub(super) const COLUMNS: [&str; 8] = [
    "actor",
    "api",
    "cloud",
    "http_request",
    "metadata",
    "resources",
    "src_endpoint",
    "unmapped",
];
/// The moment of the event; the first version has none.
pub(super) const MOMENT: &str = "time_dt";

pub(super) fn partitions() -> Partitions {
    Partitions {
        account: Some("accountid".to_owned()),
        region: Some("region".to_owned()),
        day: Day::Moment {
            column: MOMENT.to_owned(),
        },
    }
}

fn column(path: &str) -> Expr {
    Expr::Column(path.split('.').map(str::to_owned).collect())
}

fn unmapped(member: &str) -> Expr {
    call(Function::Member, [column("unmapped"), text(member)])
}

/// Where a field of ours stands.
pub(super) fn field(name: &str) -> Expr {
    match name {
        "id" => column("metadata.uid"),
        "time" => call(Function::Moment, [column(MOMENT)]),
        "source" => column("api.service.name"),
        "name" => column("api.operation"),
        "region" => column("cloud.region"),
        "type" => column("metadata.event_code"),
        "category" => category(),
        "recipient" => call(
            Function::Coalesce,
            [unmapped("recipientAccountId"), column("cloud.account.uid")],
        ),
        "shared" => call(
            Function::Coalesce,
            [unmapped("sharedEventId"), unmapped("sharedEventID")],
        ),
        "code" => column("api.response.error"),
        "message" => column("api.response.message"),
        "request" => column("api.request.data"),
        "response" => column("api.response.data"),
        "additional" => unmapped("additionalEventData"),
        "resources" => call(Function::Resources, [column("resources")]),
        // What is no address is a service's name.
        "address" => call(
            Function::Coalesce,
            [column("src_endpoint.ip"), column("src_endpoint.domain")],
        ),
        "agent" => column("http_request.user_agent"),
        "endpoint" => column("src_endpoint.uid"),
        "tls" => unmapped("tlsDetails.tlsVersion"),
        "caller" => column("actor.user.type"),
        "caller_arn" => column("actor.user.uid"),
        "caller_account" => column("actor.user.account.uid"),
        "principal" => column("actor.user.uid_alt"),
        "user" => column("actor.user.name"),
        "invoked_by" => column("actor.invoked_by"),
        "issuer" => issuer(),
        "issuer_arn" => column("actor.session.issuer"),
        "issuer_account" => unmapped("userIdentity.sessionContext.sessionIssuer.accountId"),
        "issuer_name" => unmapped("userIdentity.sessionContext.sessionIssuer.userName"),
        "delivery" => unmapped("userIdentity.sessionContext.ec2RoleDelivery"),
        "provider" => column("actor.idp.name"),
        _ => Expr::Null,
    }
}

/// What kind of thing made the session; of old mappings its ARN alone tells.
fn issuer() -> Expr {
    let arn = filled(column("actor.session.issuer"));
    let by_arn = when(contains(arn, text(":role/")), text("Role"));
    let told = unmapped("userIdentity.sessionContext.sessionIssuer.type");
    call(Function::Coalesce, [told, by_arn])
}

/// The category, where the product's feature tells one and not several.
fn category() -> Expr {
    let feature = column("metadata.product.feature.name");
    when(not(contains(filled(feature.clone()), text(","))), feature)
}
