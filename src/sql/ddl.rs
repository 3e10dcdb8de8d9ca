//! The table of a trail in Athena: the columns that AWS documents, with its parts told by their folders.
//!
//! Source: Amazon Athena user guide, "Create a table for CloudTrail logs in Athena using partition projection".

use super::dialect::Dialect;

/// What the table is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableLayout {
    /// `TABLE` or `DATABASE.TABLE`, by its parts.
    pub name: Vec<String>,
    /// The folder that holds the accounts' folders: `s3://BUCKET/AWSLogs` or `s3://BUCKET/AWSLogs/o-ORGANIZATION`.
    pub location: String,
    /// The accounts whose trails are there.
    pub accounts: Vec<String>,
    /// The regions whose trails are there.
    pub regions: Vec<String>,
    /// The first day, as `2023/01/01`.
    pub first_day: String,
}

/// Columns that are texts; objects come as JSON.
const TEXTS: [&str; 22] = [
    "eventversion",
    "eventtime",
    "eventsource",
    "eventname",
    "awsregion",
    "sourceipaddress",
    "useragent",
    "errorcode",
    "errormessage",
    "requestparameters",
    "responseelements",
    "additionaleventdata",
    "requestid",
    "eventid",
    "readonly",
    "eventtype",
    "apiversion",
    "recipientaccountid",
    "serviceeventdetails",
    "sharedeventid",
    "vpcendpointid",
    "eventcategory",
];

const IDENTITY: &str = "STRUCT<type: STRING, principalid: STRING, arn: STRING, accountid: STRING, invokedby: STRING, accesskeyid: STRING, username: STRING, onbehalfof: STRUCT<userid: STRING, identitystorearn: STRING>, sessioncontext: STRUCT<attributes: STRUCT<mfaauthenticated: STRING, creationdate: STRING>, sessionissuer: STRUCT<type: STRING, principalid: STRING, arn: STRING, accountid: STRING, username: STRING>, ec2roledelivery: STRING, webidfederationdata: STRUCT<federatedprovider: STRING, attributes: MAP<STRING, STRING>>>>";

/// Writes the statement that makes the table.
pub fn ddl(layout: &TableLayout) -> String {
    // The statement is Hive's: names stand between backticks, and a backslash means something inside of a text.
    let name = |name: &str| Dialect::Spark.identifier(name);
    let text = |text: &str| Dialect::Spark.literal(text);
    let table: Vec<String> = layout.name.iter().map(|part| name(part)).collect();
    let mut columns: Vec<String> = TEXTS
        .iter()
        .map(|it| format!("  {} STRING", name(it)))
        .collect();
    columns.push(format!("  {} {IDENTITY}", name("useridentity")));
    columns.push(format!(
        "  {} ARRAY<STRUCT<arn: STRING, accountid: STRING, type: STRING>>",
        name("resources")
    ));
    columns.push(format!(
        "  {} STRUCT<tlsversion: STRING, ciphersuite: STRING, clientprovidedhostheader: STRING>",
        name("tlsdetails")
    ));
    let location = layout.location.trim_end_matches('/');
    let properties = [
        ("projection.enabled", "true".to_owned()),
        ("projection.account.type", "enum".to_owned()),
        ("projection.account.values", layout.accounts.join(",")),
        ("projection.region.type", "enum".to_owned()),
        ("projection.region.values", layout.regions.join(",")),
        ("projection.day.type", "date".to_owned()),
        ("projection.day.format", "yyyy/MM/dd".to_owned()),
        ("projection.day.range", format!("{},NOW", layout.first_day)),
        ("projection.day.interval", "1".to_owned()),
        ("projection.day.interval.unit", "DAYS".to_owned()),
        (
            "storage.location.template",
            format!("{location}/${{account}}/CloudTrail/${{region}}/${{day}}"),
        ),
    ];
    let properties = properties.map(|(key, value)| format!("  {} = {}", text(key), text(&value)));
    format!(
        "CREATE EXTERNAL TABLE {} (\n{}\n)\nPARTITIONED BY ({} STRING, {} STRING, {} STRING)\nROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'\nSTORED AS INPUTFORMAT 'com.amazon.emr.cloudtrail.CloudTrailInputFormat'\nOUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'\nLOCATION {}\nTBLPROPERTIES (\n{}\n)\n",
        table.join("."),
        columns.join(",\n"),
        name("account"),
        name("region"),
        name("day"),
        text(&format!("{location}/")),
        properties.join(",\n")
    )
}
