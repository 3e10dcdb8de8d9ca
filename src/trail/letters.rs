//! How common bytes are in trails, so that a name is searched for by those of its bytes that are rare there.
//!
//! A search that is made ready for one name costs more than looking through one record's resources, so what changes with each
//! record is sought by its rarest byte alone.

use memchr::memchr_iter;

/// How common each byte is: zero for those that names hold hardly ever.
static COMMONNESS: [u8; 256] = commonness_of_all();

#[expect(
    clippy::indexing_slicing,
    reason = "there is a place for every byte, and the compiler counts"
)]
const fn commonness_of_all() -> [u8; 256] {
    /// What names consist of, the most common first; counted in trails.
    const COMMON_FIRST: &[u8] =
        b"eatsnro032c1i,d-u4lmp5A.6SyvIb8wf79TgRE_DCPOhLNMHxVzBZFGWqkKXjYUJQ=+@";
    // What is not in names may be anywhere.
    let mut all = [u8::MAX; 256];
    let mut rank = u8::MAX;
    let mut rest = COMMON_FIRST;
    while let [byte, more @ ..] = rest {
        all[*byte as usize] = rank;
        rank -= 3;
        rest = more;
    }
    all
}

/// How common a byte is.
pub(super) fn commonness(byte: u8) -> u8 {
    let known = COMMONNESS.get(usize::from(byte));
    known.copied().unwrap_or(u8::MAX)
}

/// A name to be looked for in a few texts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sought<'n> {
    name: &'n [u8],
    /// Its rarest byte, and where that stands in it.
    rarest: (usize, u8),
}

impl<'n> Sought<'n> {
    /// Looks for a name; an empty one is nowhere.
    pub(crate) fn new(name: &'n [u8]) -> Self {
        let bytes = name.iter().copied().enumerate();
        let rarest = bytes.min_by_key(|(_, byte)| commonness(*byte));
        Self {
            name,
            rarest: rarest.unwrap_or_default(),
        }
    }

    /// Finds all its places in a text.
    pub(crate) fn places<'t>(&self, text: &'t [u8]) -> impl Iterator<Item = usize> + use<'n, 't> {
        let (name, (offset, byte)) = (self.name, self.rarest);
        let starts = memchr_iter(byte, text).filter_map(move |at| at.checked_sub(offset));
        starts.filter(move |start| {
            let from = text.get(*start..).unwrap_or_default();
            !name.is_empty() && from.starts_with(name)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_wherever_it_stands() {
        let found = |name: &str, text: &str| -> Vec<usize> {
            Sought::new(name.as_bytes())
                .places(text.as_bytes())
                .collect()
        };
        assert_eq!(found("aja", "aja-ajaja"), [0, 4, 6]);
        assert_eq!(found("x", "axbx"), [1, 3]);
        assert_eq!(found("in/part.json", "\"b/in/part.json\""), [3]);
        assert_eq!(found("", "abc"), [0; 0]);
        assert_eq!(found("abcd", "abc"), [0; 0]);
    }

    #[test]
    fn what_names_hardly_hold_is_rarest() {
        assert!(commonness(b'@') < commonness(b'q') && commonness(b'q') < commonness(b'e'));
        assert_eq!(commonness(b'{'), u8::MAX);
    }
}
