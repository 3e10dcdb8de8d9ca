//! The slices that the build script packed.

/// Where something lies in packed bytes.
pub(super) struct Slice {
    /// What it is looked up by.
    pub(super) key: &'static str,
    /// Where it starts.
    pub(super) start: usize,
    /// Where the next one starts.
    pub(super) end: usize,
    /// How many bytes it inflates to.
    pub(super) inflated: usize,
}

impl Slice {
    /// Inflates it; `None` when it is not what the index says.
    pub(super) fn inflate(&self, packed: &[u8]) -> Option<Vec<u8>> {
        let packed = packed.get(self.start..self.end)?;
        let mut bytes = vec![0; self.inflated];
        let mut decompressor = libdeflater::Decompressor::new();
        let length = decompressor.deflate_decompress(packed, &mut bytes).ok()?;
        (length == self.inflated).then_some(bytes)
    }
}
