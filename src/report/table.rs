//! Columns that line up, whatever the width of the characters.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

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

/// The least that the last column may be cut to before rows are stacked.
const LEAST_LAST: usize = 20;

/// Sets rows for a screen of `width`: the last column is cut to what is left of it, and where that is too little, each row takes
/// lines of its own, its first two cells before the others. Without a width nothing is cut.
pub(crate) fn fit(rows: &[Vec<String>], align: &[Align], width: Option<usize>) -> Vec<String> {
    let Some(width) = width else {
        return columns(rows, align);
    };
    let set = columns(rows, align);
    let widest = set.iter().map(|line| line.width()).max();
    if widest.unwrap_or_default() <= width {
        return set;
    }
    let widest_last = rows.iter().filter_map(|row| row.get(align.len() - 1));
    let widest_last = widest_last.map(|cell| cell.width()).max();
    let others = widest.unwrap_or_default() - widest_last.unwrap_or_default();
    if others + LEAST_LAST <= width {
        let cut = rows.iter().map(|row| {
            let mut row = row.clone();
            if let Some(last) = row.last_mut() {
                *last = cut(last, width - others);
            }
            row
        });
        return columns(&cut.collect::<Vec<_>>(), align);
    }
    rows.iter()
        .flat_map(|row| stacked(row, align, width))
        .collect()
}

/// A row on lines of its own.
fn stacked(row: &[String], align: &[Align], width: usize) -> Vec<String> {
    let head =
        if align.first() == Some(&Align::Left) && row.first().is_some_and(|it| it.width() < 2) {
            2
        } else {
            1
        };
    let (first, rest) = row.split_at_checked(head).unwrap_or((row, &[]));
    let signed = first.first().filter(|_| head == 2);
    let sign = signed.map_or_else(String::new, |sign| format!("{sign:1}  "));
    let name = first.last().map_or("", String::as_str);
    let indent = " ".repeat(sign.width() + 2);
    let mut lines = vec![format!("{sign}{}", cut(name, width - sign.width()))];
    let rest: Vec<&str> = rest
        .iter()
        .filter(|cell| !cell.is_empty())
        .map(String::as_str)
        .collect();
    let mut line = String::new();
    for cell in rest {
        let cell = cut(cell, width - indent.width());
        if !line.is_empty() && indent.width() + line.width() + 2 + cell.width() > width {
            lines.push(format!("{indent}{line}"));
            line.clear();
        }
        if !line.is_empty() {
            line.push_str("  ");
        }
        line.push_str(&cell);
    }
    if !line.is_empty() {
        lines.push(format!("{indent}{line}"));
    }
    lines
        .iter()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

/// Cuts the middle out of what is wider than `width`: both ends of an ARN tell more than its middle.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let left = width.saturating_sub(1) / 2;
    let take = |characters: &mut dyn Iterator<Item = char>, room: usize| {
        let mut used = 0;
        let mut taken = Vec::new();
        for character in characters {
            used += character.width().unwrap_or_default();
            if used > room {
                break;
            }
            taken.push(character);
        }
        taken
    };
    let start = take(&mut text.chars(), left);
    let mut end = take(&mut text.chars().rev(), width.saturating_sub(1) - left);
    end.reverse();
    start.into_iter().chain(['…']).chain(end).collect()
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
    fn rows_fit_whatever_the_width() {
        let rows = vec![
            vec![
                String::new(),
                "Action".into(),
                "Uses".into(),
                "Resource".into(),
            ],
            vec![
                "~".into(),
                "elasticloadbalancing:DescribeLoadBalancers".into(),
                "12".into(),
                "arn:aws:s3:::bucket/本本本本本本本本本本/a/long/way/down/object.json".into(),
            ],
        ];
        let align = [Align::Left, Align::Left, Align::Right, Align::Left];
        assert_eq!(fit(&rows, &align, None), columns(&rows, &align));
        for width in 30..140 {
            for line in fit(&rows, &align, Some(width)) {
                assert!(line.width() <= width, "{width}: {line}");
            }
        }
        assert_eq!(
            fit(&rows, &align, Some(46)),
            [
                "   Action",
                "     Uses  Resource",
                "~  elasticloadbalancing:DescribeLoadBalancers",
                "     12",
                "     arn:aws:s3:::bucket/…way/down/object.json",
            ]
        );
    }

    #[test]
    fn both_ends_of_what_is_cut_stay() {
        assert_eq!(cut("abcdefgh", 8), "abcdefgh");
        assert_eq!(cut("abcdefgh", 7), "abc…fgh");
        assert_eq!(cut("本本本本", 5), "本…本");
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
