//! What the key of a place begins with: numbers of what its records have in common.

/// What records of one place have in common beside its names.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ids {
    pub(super) part: u32,
    pub(super) class: u32,
    pub(super) form: u32,
    /// The session's number plus one, where sessions are told apart.
    pub(super) session: u32,
}

impl Ids {
    pub(super) const BYTES: usize = 16;

    pub(super) fn write(self, key: &mut Vec<u8>) {
        for number in [self.part, self.class, self.form, self.session] {
            key.extend(number.to_le_bytes());
        }
    }

    pub(super) fn read(key: &[u8]) -> Option<Self> {
        let (numbers, _) = key.get(..Self::BYTES)?.as_chunks::<4>();
        let [part, class, form, session] = numbers else {
            return None;
        };
        let [part, class, form, session] =
            [part, class, form, session].map(|bytes| u32::from_le_bytes(*bytes));
        Some(Self {
            part,
            class,
            form,
            session,
        })
    }
}
