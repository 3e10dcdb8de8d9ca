//! Inflates the slices that the build script packed.

/// Inflates one slice; `None` when it is not what the index says.
pub(super) fn inflate(packed: &[u8], inflated: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; inflated];
    let length = libdeflater::Decompressor::new()
        .deflate_decompress(packed, &mut bytes)
        .ok()?;
    (length == inflated).then_some(bytes)
}
