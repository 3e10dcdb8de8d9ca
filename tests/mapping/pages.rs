//! The catalog against the tables that AWS publishes: operation, the actions it needs.
//!
//! `pages/PREFIX.tsv` holds a table's rows as facts: the operation (with its prefix where it is another's), the page's actions,
//! those of them that are not granted for the call, and those that the catalog adds, each of these with its reason. A row whose
//! difference is not written down fails.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use polgen::catalog::{Catalog, Service, Standing};
use serde_json::json;

use super::{assert_cases, lines, mapped_with};

/// Why an action of the page is not granted for the call itself.
const LEFT_OUT: &[&str] = &[
    // Without it the answer only lacks a part.
    "answer",
    // The service is closed.
    "closed",
    // Directory buckets have actions of their own, under an event source of their own.
    "directory-bucket",
    // A call that the service forwards, which CloudTrail records as an event of its own.
    "forwarded",
    // The record does not show whether it is needed, and the catalog says so.
    "hidden",
    // An older name, or the console's, that is as good; the operation's own action is granted.
    "legacy",
    // No such action exists.
    "misprint",
    // The call needs no permission.
    "no-permission",
    // No parameter of the operation holds a role.
    "no-role",
    // The API has no such parameter.
    "no-parameter",
    // Only calls through an Object Lambda access point need it.
    "object-lambda",
    // From before the Glue Data Catalog.
    "outdated",
    // The service needs it for its own work, not the caller.
    "service",
    // A service-linked role is made once in an account.
    "service-linked",
    // AWS's documentation of the call asks for no such permission.
    "superset",
    // The catalog knows no action for it.
    "unmapped",
];

/// Why the catalog has an action that the page has not.
const ADDED: &[&str] = &[
    // The page's name for it does not exist.
    "misprint",
    // The operation is newer than the page.
    "newer",
    // Another page of AWS's names it.
    "reference",
    // A parameter holds a role, as in other operations of the service.
    "role",
    // Tags given on creation.
    "tags",
    // The page has no action for the operation; that of its name exists.
    "unlisted",
    // The same for a version of an object.
    "version",
];

const PASS_ROLE: &str = "iam:PassRole";

/// The actions of a cell `action=reason …`, whose reasons must be known.
fn explained(cell: &str, reasons: &[&str], row: &str) -> BTreeSet<String> {
    cell.split_whitespace()
        .map(|word| {
            let (action, reason) = word.split_once('=').unwrap();
            assert!(reasons.contains(&reason), "{row}: `{reason}`");
            action.to_lowercase()
        })
        .collect()
}

/// Every action that a call of the operation may need, whatever the conditions.
pub(super) fn needs(service: &Service, operation: &str) -> BTreeSet<String> {
    if !matches!(service.standing(operation), Standing::Mapped) {
        return BTreeSet::new();
    }
    let entry = service.exceptions.get(operation);
    let listed = entry
        .into_iter()
        .flat_map(|entry| entry.needs.iter().chain(&entry.also));
    let own = entry.is_none_or(|entry| entry.needs.is_empty());
    let own = own.then(|| service.action(operation)).flatten();
    let own = own.map(|(name, _)| format!("{}:{name}", service.prefix));
    let shared = service.shared_needs_of(operation);
    own.into_iter()
        .chain(listed.map(|need| need.action.clone()))
        .chain(shared.map(|need| need.action))
        .map(|action| action.to_lowercase())
        .collect()
}

pub(super) fn passes_roles(service: &Service, operation: &str) -> bool {
    service
        .passed_roles
        .iter()
        .any(|passed| passed.operations.iter().any(|name| name == operation))
}

/// Compares one row; `None` if all is as written.
pub(super) fn complaint(prefix: &str, row: &str) -> Option<String> {
    let mut cells = row.split('\t');
    let operation = cells.next().unwrap();
    let (prefix, operation) = operation.split_once(':').unwrap_or((prefix, operation));
    let page = cells.next().unwrap_or_default().split_whitespace();
    let left_out = explained(cells.next().unwrap_or_default(), LEFT_OUT, row);
    let added = explained(cells.next().unwrap_or_default(), ADDED, row);
    let service = Catalog::bundled().service(prefix).unwrap();

    let mut wanted: BTreeSet<String> = page.map(str::to_lowercase).collect();
    wanted.remove("absent");
    for action in &left_out {
        assert!(
            wanted.remove(action),
            "{row}: `{action}` is not on the page"
        );
    }
    wanted.extend(added);
    let mut found = needs(service, operation);
    let extra = service.extra_needs.iter();
    let extra = extra.map(|need| need.action.to_lowercase());
    found.extend(extra.filter(|action| wanted.contains(action)));
    if wanted.contains(&PASS_ROLE.to_lowercase()) && passes_roles(service, operation) {
        found.insert(PASS_ROLE.to_lowercase());
    }
    let unseen: BTreeSet<String> = service
        .unseen_needs_of(operation)
        .flat_map(|need| need.actions.iter().map(|action| action.to_lowercase()))
        .collect();
    let is_said = hidden_ones(row).all(|action| unseen.contains(&action));
    if !is_said {
        return Some(format!("{operation}: hidden, and not in `unseen_needs`"));
    }
    (found != wanted).then(|| format!("{prefix} {operation}: found {found:?}, wanted {wanted:?}"))
}

/// The actions that a row says to be hidden.
fn hidden_ones(row: &str) -> impl Iterator<Item = String> {
    let cell = row.split('\t').nth(2).unwrap_or_default();
    let words = cell.split_whitespace();
    words.filter_map(|word| word.strip_suffix("=hidden").map(str::to_lowercase))
}

#[test]
fn every_row_of_the_published_tables_is_met_or_explained() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mapping/pages");
    let mut rows = BTreeMap::new();
    let mut complaints = Vec::new();
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let prefix = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        let (head, table) = text.split_once('\n').unwrap();
        assert!(head.starts_with("# "), "{prefix}: no source");
        complaints.extend(table.lines().filter_map(|row| complaint(&prefix, row)));
        rows.insert(prefix, table.lines().count());
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    assert!(rows.values().sum::<usize>() >= 479, "{rows:?}");
}

#[test]
fn what_the_pages_ask_beside_the_call_is_granted_narrowly() {
    assert_cases(&[
        (
            "sqs",
            "StartMessageMoveTask",
            json!({"sourceArn": "arn:aws:sqs:eu-west-1:111122223333:dead"}),
            &[
                "sqs:DeleteMessage = arn:aws:sqs:eu-west-1:111122223333:dead",
                "sqs:GetQueueAttributes = arn:aws:sqs:eu-west-1:111122223333:dead",
                "sqs:ReceiveMessage = arn:aws:sqs:eu-west-1:111122223333:dead",
                "sqs:SendMessage ~ arn:aws:sqs:eu-west-1:111122223333:*",
                "sqs:StartMessageMoveTask = arn:aws:sqs:eu-west-1:111122223333:dead",
            ],
        ),
        (
            "s3",
            "UpdateObjectEncryption",
            json!({"bucketName": "b", "key": "k"}),
            &[
                "s3:PutObject = arn:aws:s3:::b/k",
                "s3:UpdateObjectEncryption = arn:aws:s3:::b/k",
            ],
        ),
        (
            "s3",
            "CreateBucketMetadataTableConfiguration",
            json!({"bucketName": "b", "metadataTableConfiguration": {"s3TablesDestination": {
                "tableBucketArn": "arn:aws:s3tables:eu-west-1:111122223333:bucket/t", "tableName": "m"}}}),
            &[
                "s3:CreateBucketMetadataTableConfiguration = arn:aws:s3:::b",
                "s3tables:CreateNamespace = arn:aws:s3tables:eu-west-1:111122223333:bucket/t",
                "s3tables:CreateTable = arn:aws:s3tables:eu-west-1:111122223333:bucket/t",
                "s3tables:GetTable ~ arn:aws:s3tables:eu-west-1:111122223333:bucket/t/table/*",
                "s3tables:PutTablePolicy ~ arn:aws:s3tables:eu-west-1:111122223333:bucket/t/table/*",
            ],
        ),
        (
            "glue",
            "CreateTableOptimizer",
            json!({"catalogId": "111122223333", "databaseName": "d", "tableName": "t",
                "tableOptimizerConfiguration": {"vpcConfiguration": {"glueConnectionName": "c"}}}),
            &[
                "glue:CreateTableOptimizer = arn:aws:glue:eu-west-1:111122223333:catalog",
                "glue:CreateTableOptimizer = arn:aws:glue:eu-west-1:111122223333:database/d",
                "glue:CreateTableOptimizer = arn:aws:glue:eu-west-1:111122223333:table/d/t",
                "glue:PassConnection = arn:aws:glue:eu-west-1:111122223333:connection/c",
            ],
        ),
        (
            "glue",
            "BatchGetJobs",
            json!({"jobNames": ["a"]}),
            &[
                "glue:BatchGetJobs = arn:aws:glue:eu-west-1:111122223333:job/a",
                "glue:GetJob = arn:aws:glue:eu-west-1:111122223333:job/a",
            ],
        ),
        (
            "quicksight",
            "CreateFolderMembership",
            json!({"awsAccountId": "111122223333", "folderId": "f", "memberId": "m", "memberType": "DATASET"}),
            &[
                "quicksight:CreateFolderMembership = arn:aws:quicksight:eu-west-1:111122223333:folder/f",
                "quicksight:UpdateDataSetPermissions = arn:aws:quicksight:eu-west-1:111122223333:dataset/m",
            ],
        ),
        (
            "quicksight",
            "UpdateAnalysis",
            json!({"awsAccountId": "111122223333", "analysisId": "a",
                "themeArn": "arn:aws:quicksight:eu-west-1:111122223333:theme/t",
                "definition": {"dataSetIdentifierDeclarations": [
                    {"dataSetArn": "arn:aws:quicksight:eu-west-1:111122223333:dataset/d"}]}}),
            &[
                "quicksight:DescribeTheme = arn:aws:quicksight:eu-west-1:111122223333:theme/t",
                "quicksight:PassDataSet = arn:aws:quicksight:eu-west-1:111122223333:dataset/d",
                "quicksight:UpdateAnalysis = arn:aws:quicksight:eu-west-1:111122223333:analysis/a",
            ],
        ),
        (
            "quicksight",
            "RestoreAnalysis",
            json!({"awsAccountId": "111122223333", "analysisId": "a", "restoreToFolders": true}),
            &[
                "quicksight:CreateFolderMembership = arn:aws:quicksight:eu-west-1:111122223333:analysis/a",
                "quicksight:CreateFolderMembership ~ arn:aws:quicksight:eu-west-1:111122223333:folder/*",
                "quicksight:ListFoldersForResource = arn:aws:quicksight:eu-west-1:111122223333:analysis/a",
                "quicksight:RestoreAnalysis = arn:aws:quicksight:eu-west-1:111122223333:analysis/a",
            ],
        ),
    ]);
}

#[test]
fn objects_of_tables_are_read_under_the_actions_of_tables() {
    let table = "arn:aws:s3tables:eu-west-1:111122223333:bucket/t/table/1";
    let resources = json!({"resources": [
        {"accountId": "111122223333", "type": "AWS::S3Tables::TableBucket",
            "ARN": "arn:aws:s3tables:eu-west-1:111122223333:bucket/t"},
        {"accountId": "111122223333", "type": "AWS::S3Tables::Table", "ARN": table},
    ]});
    let request = json!({"Host": "x--table-s3.s3.eu-west-1.amazonaws.com", "key": "k"});
    for (name, action) in [("GetObject", "GetTableData"), ("PutObject", "PutTableData")] {
        let found = mapped_with("s3tables", name, &request, &resources);
        assert_eq!(lines(&found), [format!("s3tables:{action} = {table}")]);
    }
}
