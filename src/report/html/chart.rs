//! Drawings as the paths of SVG: bars of days, and steps.

use std::fmt::Write as _;

/// Draws columns that stand on the ground, one for each run of equal heights; `columns` are positions with their heights.
pub(super) fn bars(columns: &[(usize, usize)], ground: usize) -> String {
    let mut path = String::new();
    let mut run: Option<(usize, usize, usize)> = None;
    for (at, height) in columns {
        match &mut run {
            Some((start, length, same)) if *start + *length == *at && same == height => {
                *length += 1;
            }
            _ => {
                draw(&mut path, run, ground);
                run = Some((*at, 1, *height));
            }
        }
    }
    draw(&mut path, run, ground);
    path
}

fn draw(path: &mut String, run: Option<(usize, usize, usize)>, ground: usize) {
    if let Some((start, length, height)) = run.filter(|(_, _, height)| *height > 0) {
        // Writing to a String cannot fail.
        let _ = write!(path, "M{start} {ground}v-{height}h{length}v{height}z");
    }
}

/// Draws a line that rises in steps; `steps` are positions with the height from there on.
pub(super) fn steps(steps: &[(usize, usize)], (width, ground): (usize, usize)) -> String {
    let mut path = format!("M0 {ground}");
    for (at, height) in steps {
        let _ = write!(path, "H{at}V{}", ground.saturating_sub(*height));
    }
    let _ = write!(path, "H{width}");
    path
}

/// A part of a whole, of `room`; never nothing for something.
pub(super) fn scaled(part: u64, whole: u64, room: u64) -> u64 {
    if part == 0 || whole == 0 {
        return 0;
    }
    (part.saturating_mul(room) / whole).clamp(1, room)
}

/// A part of a whole in percent, with two digits: `66.67`.
pub(super) fn percent(part: usize, whole: usize) -> String {
    let hundredths = part.saturating_mul(10_000) / whole.max(1);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_one_height_are_one_bar() {
        assert_eq!(
            bars(&[(0, 3), (1, 3), (2, 5), (4, 5), (5, 0)], 9),
            "M0 9v-3h2v3zM2 9v-5h1v5zM4 9v-5h1v5z"
        );
        assert_eq!(bars(&[], 9), "");
    }

    #[test]
    fn steps_go_up() {
        assert_eq!(steps(&[(0, 2), (5, 4)], (10, 40)), "M0 40H0V38H5V36H10");
    }

    #[test]
    fn something_is_never_drawn_as_nothing() {
        assert_eq!(scaled(1, 1_000_000, 100), 1);
        assert_eq!(scaled(0, 10, 100), 0);
        assert_eq!(scaled(10, 10, 100), 100);
        assert_eq!(percent(2, 3), "66.66");
    }
}
