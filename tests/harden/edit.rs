//! What a person does with a printed change: puts a fragment into its template, and blocks and arguments into their module.

use serde_json::Value;

/// Reads a template as JSON, by the program's own reader; short forms of functions become long ones.
pub(crate) fn as_json(text: &str) -> Value {
    polgen::template::to_json("template.yaml", text).expect("a template")
}

/// The names between the first two backticks of the lines that begin so.
fn named<'t>(text: &'t str, start: &str) -> Vec<&'t str> {
    let lines = text.lines().filter_map(|line| line.split_once(start));
    lines
        .filter_map(|(_, rest)| rest.split('`').nth(1))
        .collect()
}

/// Puts a fragment into a template, as its comments say.
pub(crate) fn with_fragment(template: &mut Value, fragment: &str) {
    for place in named(fragment, "#   takes the place of what is there:") {
        let (id, key) = place.split_once('.').expect("a property");
        let properties = template.pointer_mut(&format!("/Resources/{id}/Properties"));
        let properties = properties.and_then(Value::as_object_mut);
        properties
            .expect("properties")
            .remove(key)
            .expect("a value");
    }
    if fragment.contains("#   remove `AccessControl` from the bucket") {
        let properties = template.pointer_mut("/Resources/Data/Properties");
        let properties = properties.and_then(Value::as_object_mut);
        properties.expect("properties").remove("AccessControl");
    }
    for line in fragment
        .lines()
        .filter(|line| line.contains("out of the variables of"))
    {
        let names: Vec<&str> = line.split('`').collect();
        let place = format!("/Resources/{}/Properties/Environment/Variables", names[3]);
        let variables = template.pointer_mut(&place).and_then(Value::as_object_mut);
        variables
            .expect("variables")
            .remove(names[1])
            .expect("a variable");
    }
    merged(template, &as_json(fragment), "");
}

/// Merges a fragment into a template: mappings are joined, statements added, all else replaced.
fn merged(into: &mut Value, fragment: &Value, key: &str) {
    match (into, fragment) {
        (Value::Object(into), Value::Object(fragment)) => {
            for (key, value) in fragment {
                let under = into.entry(key.clone()).or_insert(Value::Null);
                merged(under, value, key);
            }
        }
        (Value::Array(into), Value::Array(fragment)) if key == "Statement" => {
            into.extend(fragment.iter().cloned());
        }
        (into, fragment) => *into = fragment.clone(),
    }
}

/// Puts blocks into a module, as their comments say.
pub(crate) fn with_blocks(module: &str, blocks: &str) -> String {
    let mut text = module.to_owned();
    for address in named(blocks, "# instead of ") {
        text = without(&text, address);
    }
    if blocks.contains("# remove the list") {
        text = without(&text, "aws_s3_bucket_acl.data");
    }
    let mut lines = blocks.lines().peekable();
    while let Some(line) = lines.next() {
        let Some((_, rest)) = line.split_once("# set in ") else {
            continue;
        };
        let mut inner = String::new();
        while let Some(more) = lines.next_if(|line| line.starts_with("#   ")) {
            inner.push_str(more.strip_prefix("#   ").expect("a comment"));
            inner.push('\n');
        }
        let address = rest
            .split('`')
            .find(|word| word.starts_with("aws_"))
            .expect("an address");
        let inside = rest.starts_with("the `ingress` block").then_some("ingress");
        text = set(&text, address, inside, inner.trim_end());
    }
    format!("{text}\n{blocks}")
}

fn start_of(address: &str) -> String {
    let (kind, name) = address.split_once('.').expect("an address");
    format!("resource \"{kind}\" \"{name}\" {{\n")
}

/// Takes a resource out of a module.
fn without(text: &str, address: &str) -> String {
    let (head, rest) = text.split_once(&start_of(address)).expect("a resource");
    let (_, tail) = rest.split_once("\n}\n").expect("the end of the block");
    format!("{head}{tail}")
}

/// Sets an argument or a block of a resource, or of its only block of a kind.
fn set(text: &str, address: &str, inside: Option<&str>, lines: &str) -> String {
    let start = start_of(address);
    let (head, rest) = text.split_once(&start).expect("a resource");
    let (block, tail) = rest.split_once("\n}\n").expect("the end of the block");
    let key = lines.split([' ', '=']).next().expect("a key");
    let mut keys = vec![key];
    if key.starts_with("cidr") {
        keys.extend(["ipv6_cidr_blocks", "cidr_ipv6"]);
    }
    let block = match inside {
        None => format!("{}\n{lines}", dropped(block, &keys)),
        Some(kind) => {
            let opening = format!("{kind} {{");
            let (before, inner) = block.split_once(&opening).expect("a block");
            let (inner, after) = inner.split_once("\n  }").expect("its end");
            format!(
                "{before}{opening}\n{}\n{lines}\n  }}{after}",
                dropped(inner, &keys)
            )
        }
    };
    format!("{head}{start}{block}\n}}\n{tail}")
}

/// Drops arguments and blocks, to the line where their brackets are closed.
fn dropped(block: &str, keys: &[&str]) -> String {
    let mut kept = Vec::new();
    let mut depth = 0_i32;
    let mut drops = false;
    for line in block.lines() {
        let key = line
            .trim_start()
            .split([' ', '='])
            .next()
            .unwrap_or_default();
        drops = drops && depth > 0 || depth == 0 && keys.contains(&key);
        let count = |sign: &[char]| i32::try_from(line.matches(sign).count()).expect("few");
        depth += count(&['{', '[', '(']) - count(&['}', ']', ')']);
        if !drops {
            kept.push(line);
        }
    }
    kept.join("\n")
}
