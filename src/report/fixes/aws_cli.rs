//! Changes as commands of the AWS CLI, each with the way back.
//!
//! What is not known is a variable of the shell, said before. What was there is saved into a file before it is changed, so that the way
//! back is exact even if somebody changed it after it was looked at. The way back stands in comments behind the commands.

mod bucket;
mod function;
mod other;
mod role;

use serde_json::Value;

use super::{heading, told, word};
use crate::arn::Arn;
use crate::harden::fix::{Fix, Open, Remedy};
use crate::policy::Document;
use crate::posture::Origin;
use crate::report::plain;

/// All four switches.
const ALL_ON: &str =
    "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true";
/// Who the caller is.
const OWN_ACCOUNT: &str = "\"$(aws sts get-caller-identity --query Account --output text)\"";

/// Commands, with what must be named before and the way back.
#[derive(Default)]
struct Script {
    needs: Vec<(String, String)>,
    run: Vec<String>,
    back: Vec<String>,
    /// Why there is no way back, or what is not brought back.
    lost: Option<&'static str>,
}

impl Script {
    fn one(run: String, back: String) -> Self {
        Self {
            run: vec![run],
            back: vec![back],
            ..Self::default()
        }
    }

    fn needs(mut self, name: &str, what: &str) -> Self {
        self.needs.push((name.to_owned(), what.to_owned()));
        self
    }

    /// Asks for what a document leaves open; the account that a service may act for is the caller's own unless it is named.
    fn needs_of(mut self, document: &Document) -> Self {
        for open in Open::of(document) {
            self = self.needs(open.name(), open.wanted());
        }
        self
    }
}

/// What commands are written about.
struct Thing<'f> {
    fix: &'f Fix,
    /// Its name for the shell.
    name: String,
    /// The region with its flag, if it is known.
    region: String,
}

impl Thing<'_> {
    /// The name of a file that keeps what was there.
    fn kept(&self, what: &str) -> String {
        let id = self.fix.target.id.as_str();
        let id = self.fix.target.name.as_deref().unwrap_or(id);
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        let safe: String = id
            .chars()
            .map(|letter| if is_plain(letter) { letter } else { '_' })
            .collect();
        format!("{safe}-{what}.json")
    }
}

/// Writes the changes.
pub fn fixes_aws_cli(fixes: &[&Fix]) -> String {
    let texts: Vec<String> = fixes.iter().map(|fix| one(fix)).collect();
    texts.join("\n")
}

fn one(fix: &Fix) -> String {
    let mut lines: Vec<String> = heading(fix)
        .iter()
        .map(|line| format!("# {line}"))
        .collect();
    if let Some(words) = told(fix) {
        lines.push(format!("#   {words}"));
        return lines.join("\n") + "\n";
    }
    let thing = Thing {
        name: name(fix, &mut lines),
        region: region(fix),
        fix,
    };
    let script = script(&thing);
    let needs = script.needs.iter();
    lines.extend(needs.map(|(name, what)| format!("#   {name}: {what}")));
    lines.extend(script.run);
    if let Some(words) = script.lost {
        lines.push(format!("# not brought back: {words}"));
    }
    if !script.back.is_empty() {
        lines.push("# to go back:".to_owned());
        lines.extend(script.back.iter().map(|line| format!("#   {line}")));
    }
    lines.join("\n") + "\n"
}

fn name(fix: &Fix, lines: &mut Vec<String>) -> String {
    let target = &fix.target;
    let is_group = matches!(fix.remedy, Remedy::Openings { .. });
    match &target.name {
        // A security group is asked for by its id.
        _ if is_group && target.origin == Origin::Aws => quoted(&target.id),
        Some(name) if !is_group => quoted(name),
        _ if matches!(fix.remedy, Remedy::AccountBlock) => String::new(),
        _ => {
            let variable = word(&target.id, "_").to_ascii_uppercase();
            let what = if is_group { "the id" } else { "the name" };
            lines.push(format!(
                "#   {variable}: {what} of `{}` in AWS",
                plain(&target.id)
            ));
            format!("\"${variable}\"")
        }
    }
}

/// Where it lies, as its ARN says.
fn region(fix: &Fix) -> String {
    let region = Arn::parse(&fix.target.spot.file).map(|arn| arn.region);
    match region.filter(|region| !region.is_empty()) {
        Some(region) => format!(" --region {}", quoted(region)),
        None => String::new(),
    }
}

fn script(thing: &Thing<'_>) -> Script {
    match &thing.fix.remedy {
        Remedy::AccountBlock | Remedy::AccessPoint { .. } => other::public_access(thing),
        Remedy::TerminationProtection | Remedy::StackPolicy | Remedy::DriftReverted => {
            other::stack(thing)
        }
        Remedy::Openings { open, .. } => other::openings(thing, open),
        Remedy::Runtime { .. } | Remedy::Callers(_) | Remedy::Secrets { .. } => {
            function::script(thing)
        }
        Remedy::Trust { .. }
        | Remedy::Boundary
        | Remedy::FromUsage
        | Remedy::RoleDeleted { .. } => role::script(thing),
        _ => bucket::script(thing),
    }
}

/// Quotes a word for a shell; one with what ends a line is quoted so that the line does not end, since the way back stands in comments.
fn quoted(word: &str) -> String {
    if word.contains(|letter: char| letter.is_control()) {
        let one = |letter: char| match letter {
            '\n' => "\\n".to_owned(),
            '\r' => "\\r".to_owned(),
            '\t' => "\\t".to_owned(),
            '\'' => "\\'".to_owned(),
            '\\' => "\\\\".to_owned(),
            other if other.is_control() => format!("\\u{:04x}", u32::from(other)),
            other => other.to_string(),
        };
        return format!("$'{}'", word.chars().map(one).collect::<String>());
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// Quotes a document into which the shell fills names: all that it would read as its own but these names is taken from it.
fn filled(value: &Value, names: &[&str]) -> String {
    let escaped: String = value
        .to_string()
        .chars()
        .map(|letter| match letter {
            '"' | '\\' | '`' | '$' => format!("\\{letter}"),
            other => other.to_string(),
        })
        .collect();
    let open = |text: String, name: &&str| text.replace(&format!("\\${name}"), &format!("${name}"));
    let text = names.iter().fold(escaped, open);
    format!("\"{text}\"")
}

/// Quotes a policy with what it leaves open.
fn policy(whole: &Document) -> String {
    let open = Open::of(whole);
    if open.is_empty() {
        return quoted(&whole.to_compact());
    }
    let names: Vec<&str> = open.into_iter().map(Open::name).collect();
    filled(&whole.to_json(), &names)
}
