//! Columns that line up, whatever the width of the characters.

use unicode_width::UnicodeWidthStr as _;

/// How a column is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// Sets rows in columns with two spaces between them; no line ends in a space.
pub(crate) fn columns(rows: &[Vec<String>], align: &[Align]) -> Vec<String> {
    let width_of = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.width())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..align.len()).map(width_of).collect();
    rows.iter()
        .map(|row| {
            let cells = row
                .iter()
                .zip(&widths)
                .zip(align)
                .map(|((cell, width), align)| {
                    let space = " ".repeat(width - cell.width());
                    match align {
                        Align::Left => format!("{cell}{space}"),
                        Align::Right => format!("{space}{cell}"),
                    }
                });
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        })
        .collect()
}

/// Shortens an ARN for a table: what all ARNs share goes, `…` says so. Only tables shorten; policies never do.
pub(super) fn short_arn(arn: &str) -> String {
    let mut parts = arn.splitn(6, ':');
    match (
        parts.next(),
        parts.next(),
        parts.next(),
        parts.next(),
        parts.next(),
        parts.next(),
    ) {
        (Some("arn"), _, Some(_), Some(region), Some(account), Some(resource))
            if !region.is_empty() || !account.is_empty() =>
        {
            format!("…:{resource}")
        }
        _ => arn.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_do_not_trail() {
        let rows = vec![
            vec!["a".into(), "1".into(), "x".into()],
            vec!["本".into(), "1,000".into(), String::new()],
        ];
        let set = columns(&rows, &[Align::Left, Align::Right, Align::Left]);
        assert_eq!(set, ["a       1  x", "本  1,000"]);
    }

    #[test]
    fn arns_are_cut_only_at_what_they_share() {
        assert_eq!(
            short_arn("arn:aws:dynamodb:eu-west-1:111122223333:table/t"),
            "…:table/t"
        );
        assert_eq!(
            short_arn("arn:aws:s3:::bucket/key"),
            "arn:aws:s3:::bucket/key"
        );
        assert_eq!(short_arn("*"), "*");
    }
}
