//! Lists in words.

/// Several names with the verb behind them: `A`, `B` are.
pub(super) fn are(names: &[&str]) -> String {
    let listed: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let verb = if names.len() == 1 { "is" } else { "are" };
    format!("{} {verb}", listed.join(", "))
}
