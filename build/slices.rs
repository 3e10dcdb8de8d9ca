//! Deflated slices in one file, and the index into it as Rust source.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use libdeflater::{CompressionLvl, Compressor};

use crate::Outcome;

/// Slices in the order in which they were added.
#[derive(Default)]
pub(crate) struct Slices {
    packed: Vec<u8>,
    index: String,
}

impl Slices {
    /// Packs `bytes` under `key`.
    pub(crate) fn add(&mut self, key: &str, bytes: &[u8]) -> Outcome<()> {
        let start = self.packed.len();
        self.packed.extend(deflate(bytes)?);
        let (end, inflated) = (self.packed.len(), bytes.len());
        writeln!(
            self.index,
            "    Slice {{ key: {key:?}, start: {start}, end: {end}, inflated: {inflated} }},"
        )?;
        Ok(())
    }

    /// Writes `NAME.bin` and `NAME.rs`.
    pub(crate) fn write(&self, out: &Path, name: &str) -> Outcome<()> {
        fs::write(out.join(format!("{name}.bin")), &self.packed)?;
        fs::write(
            out.join(format!("{name}.rs")),
            format!("[\n{}]", self.index),
        )?;
        Ok(())
    }
}

fn deflate(bytes: &[u8]) -> Outcome<Vec<u8>> {
    let mut compressor = Compressor::new(CompressionLvl::best());
    let mut packed = vec![0; compressor.deflate_compress_bound(bytes.len())];
    let length = compressor.deflate_compress(bytes, &mut packed)?;
    packed.truncate(length);
    Ok(packed)
}
