//! Matches names as IAM matches actions: `*` and `?` are wildcards, letters have no case.

/// Says whether `name` matches `pattern`, in time bounded by the product of their lengths.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut at_pattern, mut at_name) = (0, 0);
    let mut resume: Option<(usize, usize)> = None;
    while let Some(letter) = name.get(at_name) {
        match pattern.get(at_pattern) {
            Some(b'*') => {
                resume = Some((at_pattern + 1, at_name));
                at_pattern += 1;
            }
            Some(wanted) if *wanted == b'?' || wanted.eq_ignore_ascii_case(letter) => {
                at_pattern += 1;
                at_name += 1;
            }
            _ => {
                let Some((after_star, start)) = resume else {
                    return false;
                };
                resume = Some((after_star, start + 1));
                at_pattern = after_star;
                at_name = start + 1;
            }
        }
    }
    pattern
        .get(at_pattern..)
        .is_some_and(|rest| rest.iter().all(|letter| *letter == b'*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_match_without_regard_to_case() {
        for (pattern, name) in [
            ("*", ""),
            ("Get*", "getobject"),
            ("*Object*", "GetObjectAcl"),
            ("?et*t", "GetObject"),
            ("", ""),
            ("a*b*c", "aXbXbc"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("Get", "GetObject"),
            ("?", ""),
            ("*a", "b"),
            ("a?", "a"),
            ("", "a"),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }
}
