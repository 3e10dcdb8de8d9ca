//! Functions.

use super::{Script, Thing, quoted};
use crate::harden::fix::{Caller, Open, Remedy};
use crate::policy::{PrincipalElement, Principals, Statement};

pub(super) fn script(thing: &Thing<'_>) -> Script {
    match &thing.fix.remedy {
        Remedy::Runtime { from, to } => {
            let set = |runtime: &str| format!("{} --runtime {}", update(thing), quoted(runtime));
            Script::one(set(to), set(from))
        }
        Remedy::Callers(callers) => {
            let mut script = Script::default();
            for caller in callers {
                narrow(thing, caller, &mut script);
            }
            script.needs.dedup();
            script
        }
        Remedy::Secrets { names, others } => secrets(thing, names, others),
        _ => Script::default(),
    }
}

fn update(thing: &Thing<'_>) -> String {
    let (region, name) = (&thing.region, &thing.name);
    format!("aws lambda update-function-configuration{region} --function-name {name}")
}

/// The keys that `add-permission` makes conditions of, with their flags. Source: the AWS CLI's reference.
const FLAGS: [(&str, &str); 5] = [
    ("aws:SourceArn", "source-arn"),
    ("aws:SourceAccount", "source-account"),
    ("aws:PrincipalOrgID", "principal-org-id"),
    ("lambda:FunctionUrlAuthType", "function-url-auth-type"),
    ("lambda:EventSourceToken", "event-source-token"),
];

/// The flags that make a statement; none if no such command makes it.
fn flags(statement: &Statement) -> Option<String> {
    let principal = match statement.principal.as_ref()? {
        PrincipalElement::Principal(Principals::Everyone) => "*".to_owned(),
        PrincipalElement::Principal(Principals::Named(kinds)) => {
            let mut names = kinds.values().flatten();
            match (names.next(), names.next()) {
                (Some(only), None) => only.clone(),
                _ => return None,
            }
        }
        PrincipalElement::NotPrincipal(_) => return None,
    };
    let [action] = statement.action.patterns() else {
        return None;
    };
    let mut flags = format!(
        "--action {} --principal {}",
        quoted(action),
        quoted(&principal)
    );
    for (key, values) in statement.conditions.values().flatten() {
        let mut known = FLAGS.iter();
        let (_, flag) = known.find(|(name, _)| name.eq_ignore_ascii_case(key))?;
        let [value] = values.as_slice() else {
            return None;
        };
        flags.push_str(&format_flag(flag, &quoted(value)));
    }
    Some(flags)
}

fn format_flag(flag: &str, value: &str) -> String {
    format!(" --{flag} {value}")
}

/// Takes a statement away and adds it with whom it is to let in.
fn narrow(thing: &Thing<'_>, caller: &Caller, script: &mut Script) {
    let (region, name) = (&thing.region, &thing.name);
    let sid = caller.statement.sid.as_deref().unwrap_or_default();
    let about = format!(
        "{region} --function-name {name} --statement-id {}",
        quoted(sid)
    );
    let remove = format!("aws lambda remove-permission{about}");
    let add = |flags: &str| format!("aws lambda add-permission{about} {flags}");
    let mut narrowed = caller.statement.clone();
    let needed = match &caller.service {
        None => Open::Principal,
        Some(_) if caller.needs_account() => Open::SourceAccount,
        Some(_) => Open::SourceArn,
    };
    let flag = match needed {
        Open::Principal => {
            narrowed.principal = Some(PrincipalElement::Principal(Principals::Named(
                [("AWS".to_owned(), vec!["PRINCIPAL".to_owned()])].into(),
            )));
            ""
        }
        Open::SourceAccount => "source-account",
        _ => "source-arn",
    };
    if caller.is_url {
        for keys in narrowed.conditions.values_mut() {
            for (key, values) in keys {
                if key.eq_ignore_ascii_case("lambda:FunctionUrlAuthType") {
                    *values = vec!["AWS_IAM".to_owned()];
                }
            }
        }
        let url = |kind: &str| {
            format!(
                "aws lambda update-function-url-config{region} --function-name {name} --auth-type {kind}"
            )
        };
        script.run.push(url("AWS_IAM"));
        script.back.insert(0, url("NONE"));
    }
    let (Some(before), Some(after)) = (flags(&caller.statement), flags(&narrowed)) else {
        script.run.push(format!(
            "# `{sid}` was not made with `add-permission`, so it is left as it is"
        ));
        return;
    };
    let stand_in = format!("\"{}\"", needed.stand_in());
    let after = if flag.is_empty() {
        after.replace("'PRINCIPAL'", &stand_in)
    } else {
        after + &format_flag(flag, &stand_in)
    };
    let need = (needed.name().to_owned(), needed.wanted().to_owned());
    if !script.needs.contains(&need) {
        script.needs.push(need);
    }
    script.run.extend([remove.clone(), add(&after)]);
    script.back.extend([remove, add(&before)]);
}

/// The values go from Lambda to Secrets Manager without being shown; the file that keeps them is readable by the caller alone.
fn secrets(thing: &Thing<'_>, names: &[String], others: &[String]) -> Script {
    let (region, name) = (&thing.region, &thing.name);
    let asked = |query: &str, form: &str| {
        format!(
            "aws lambda get-function-configuration{region} --function-name {name} --query {} --output {form}",
            quoted(query)
        )
    };
    let file = thing.kept("environment");
    let mut script = Script::default();
    script.run.push(format!(
        "(umask 077; {} > {file})",
        asked("{Variables: Environment.Variables}", "json")
    ));
    for variable in names {
        let value = asked(&format!("Environment.Variables.\"{variable}\""), "text");
        script.run.push(format!(
            "aws secretsmanager create-secret{region} --name \"$SECRETS/{variable}\" --secret-string \"$({value})\""
        ));
        script.back.push(format!(
            "aws secretsmanager delete-secret{region} --secret-id \"$SECRETS/{variable}\" --force-delete-without-recovery"
        ));
    }
    let kept: Vec<String> = others
        .iter()
        .map(|name| format!("\"{name}\": Environment.Variables.\"{name}\""))
        .collect();
    let rest = if kept.is_empty() {
        "'{\"Variables\": {}}'".to_owned()
    } else {
        let query = format!("{{Variables: {{{}}}}}", kept.join(", "));
        format!("\"$({})\"", asked(&query, "json"))
    };
    script
        .run
        .push(format!("{} --environment {rest}", update(thing)));
    let back = format!("{} --environment file://{file}", update(thing));
    script.back.insert(0, back);
    script.needs(
        "SECRETS",
        "what the names of the secrets begin with, e.g. the name of the application",
    )
}
