//! What the catalog costs before it is of use: single services, the eight of an ordinary role, all of them.

use divan::{Bencher, black_box};
use polgen::catalog::{Catalog, managed_policy};

/// What an ordinary role uses, and EC2, the largest.
const EIGHT: [&str; 8] = [
    "dynamodb", "ec2", "iam", "kms", "lambda", "logs", "s3", "sqs",
];

fn main() {
    divan::main();
}

/// The catalog is given back, so that taking it apart, which no run of polgen does, is not measured.
#[divan::bench]
fn eight_services() -> Catalog {
    let catalog = Catalog::unread();
    for prefix in EIGHT {
        black_box(catalog.service(prefix));
    }
    catalog
}

#[divan::bench(args = ["sqs", "s3", "ec2"])]
fn one_service(prefix: &str) -> Catalog {
    let catalog = Catalog::unread();
    black_box(catalog.service(prefix).is_some());
    catalog
}

#[divan::bench]
fn all_actions_from_nothing() -> usize {
    Catalog::unread().all_actions().len()
}

#[divan::bench]
fn all_actions_again(bencher: Bencher<'_, '_>) {
    let catalog = Catalog::bundled();
    catalog.all_actions();
    bencher.bench(|| catalog.all_actions().len());
}

#[divan::bench]
fn a_managed_policy() -> bool {
    managed_policy("AWSLambdaBasicExecutionRole").is_some()
}
