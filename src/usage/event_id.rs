//! An event's id in little memory: nearly all are UUIDs, and there may be one for each of a million names.

use std::cmp::Ordering;

/// An event's id. Ids compare as their texts do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum EventId {
    /// As AWS writes them: in lower case, with hyphens.
    Uuid([u8; 16]),
    /// Anything else.
    Text(Box<str>),
}

/// Before which bytes a UUID has its hyphens.
const HYPHENS: [usize; 4] = [4, 6, 8, 10];

const HEX: &[u8; 16] = b"0123456789abcdef";

impl EventId {
    pub(super) fn of(text: &str) -> Self {
        match uuid(text.as_bytes()) {
            Some(uuid) => Self::Uuid(uuid),
            None => Self::Text(text.into()),
        }
    }

    pub(super) fn text(&self) -> String {
        match self {
            Self::Text(text) => text.to_string(),
            Self::Uuid(uuid) => {
                let mut text = String::with_capacity(36);
                for (at, byte) in uuid.iter().enumerate() {
                    if HYPHENS.contains(&at) {
                        text.push('-');
                    }
                    for digit in [byte >> 4, byte & 15] {
                        text.extend(HEX.get(usize::from(digit)).copied().map(char::from));
                    }
                }
                text
            }
        }
    }
}

fn uuid(text: &[u8]) -> Option<[u8; 16]> {
    if text.len() != 36 {
        return None;
    }
    let mut uuid = [0; 16];
    let mut at = 0;
    for (number, byte) in uuid.iter_mut().enumerate() {
        if HYPHENS.contains(&number) {
            if text.get(at) != Some(&b'-') {
                return None;
            }
            at += 1;
        }
        let digits = [text.get(at)?, text.get(at + 1)?];
        at += 2;
        for digit in digits {
            let value = match digit {
                b'0'..=b'9' => digit - b'0',
                b'a'..=b'f' => digit - b'a' + 10,
                _ => return None,
            };
            *byte = (*byte << 4) | value;
        }
    }
    Some(uuid)
}

impl Ord for EventId {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            // The digits are in order in ASCII, and all hyphens stand in the same places.
            (Self::Uuid(one), Self::Uuid(other)) => one.cmp(other),
            (Self::Text(one), Self::Text(other)) => one.cmp(other),
            _ => self.text().cmp(&other.text()),
        }
    }
}

impl PartialOrd for EventId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_compare_as_their_texts() {
        let texts = [
            "0a1b2c3d-0000-4000-8000-00000000000f",
            "0a1b2c3d-0000-4000-8000-000000000010",
            "0A1b2c3d-0000-4000-8000-000000000010",
            "0a1b2c3d-0000-4000-8000-00000000001",
            "0a1b2c3d00000-4000-8000-000000000010",
            "fa1b2c3d-0000-4000-8000-000000000010",
            "",
            "zz",
        ];
        assert!(matches!(EventId::of(texts[0]), EventId::Uuid(_)));
        assert!(matches!(EventId::of(texts[2]), EventId::Text(_)));
        for one in texts {
            assert_eq!(EventId::of(one).text(), one);
            for other in texts {
                let ids = EventId::of(one).cmp(&EventId::of(other));
                assert_eq!(ids, one.cmp(other), "{one} {other}");
            }
        }
    }
}
