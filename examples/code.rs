//! Writes a policy, read from standard input, as infrastructure code for each tool: one JSON object, tool -> text.
//!
//! The slow tests ask it, to hold every output to its own tool; it is also the shortest use of the library's writers.

use std::io::{self, Read as _, Write as _};

use polgen::policy::{Document, PolicyKind};
use polgen::report::{Code, Language, Piece};
use polgen::template::Stack;
use serde_json::{Map, Value};

const LANGUAGES: [(&str, Language); 7] = [
    ("terraform", Language::Terraform),
    ("cloudformation", Language::CloudFormation),
    ("sam", Language::Sam),
    ("cdk-typescript", Language::CdkTypescript),
    ("cdk-python", Language::CdkPython),
    ("pulumi-typescript", Language::PulumiTypescript),
    ("aws-cli", Language::AwsCli),
];

fn main() -> io::Result<()> {
    let mut text = String::new();
    io::stdin().lock().read_to_string(&mut text)?;
    let written = Document::parse(&text, PolicyKind::Identity)
        .map_err(|error| error.to_string())
        .and_then(|document| written(&document))
        .map_err(io::Error::other)?;
    writeln!(io::stdout().lock(), "{}", Value::Object(written))
}

fn written(document: &Document) -> Result<Map<String, Value>, String> {
    let code = Code {
        heading: vec!["What `app` needs.\n*/ it's \u{2028}\"\"\" <script>".to_owned()],
        holder: "app".to_owned(),
        is_user: false,
        pieces: vec![Piece {
            name: "app-access".to_owned(),
            document: document.clone(),
            comments: vec![vec!["3 uses".to_owned()]],
            is_inline: false,
        }],
        stack: Stack::of("arn:aws:iam::111122223333:role/app", [document]),
    };
    let one =
        |(name, language): (&str, Language)| Ok((name.to_owned(), code.write(language)?.into()));
    LANGUAGES.into_iter().map(one).collect()
}
