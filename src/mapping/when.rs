//! Whether the condition of a need holds of a call.

use crate::catalog::When;

use super::call::Call;
use super::path;

/// How deep conditions may be nested; the catalog's are flat.
const DEPTH_MAX: usize = 8;

/// Says whether `when` holds; a need without condition always does.
pub(super) fn holds(call: &Call<'_>, when: Option<&When>) -> bool {
    when.is_none_or(|when| holds_at(call, when, 0))
}

fn holds_at(call: &Call<'_>, when: &When, depth: usize) -> bool {
    if depth > DEPTH_MAX {
        return false;
    }
    let texts = |place| path::find(call, place).into_iter().filter_map(|it| it.text);
    match when {
        When::Present(place) => path::is_present(call, place),
        When::Absent(place) => !path::is_present(call, place),
        When::Equals(place, wanted) => texts(place).any(|text| text == *wanted),
        When::StartsWith(place, start) => texts(place).any(|text| {
            text.trim_start()
                .get(..start.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(start))
        }),
        When::All(all) => all.iter().all(|when| holds_at(call, when, depth + 1)),
        When::Any(any) => any.iter().any(|when| holds_at(call, when, depth + 1)),
        When::Not(when) => !holds_at(call, when, depth + 1),
    }
}
