//! Reads and decompresses trail files and does nothing else: what any reader of them is measured against.
//!
//! ```sh
//! cargo run --release --example inflate -- FOLDER THREADS
//! ```

#![expect(
    clippy::print_stdout,
    reason = "an example that prints what it counted"
)]

use std::error::Error;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use libdeflater::Decompressor;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("wanted a folder of trail files")?);
    let threads = match arguments.next() {
        Some(text) => text.to_string_lossy().parse()?,
        None => 1,
    };
    let mut files = Vec::new();
    list(&folder, &mut files)?;
    files.sort();
    let next = AtomicUsize::new(0);
    let bytes = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| scope.spawn(|| inflate(&files, &next)))
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().map_err(|_| "a thread died".to_owned())?)
            .sum::<Result<usize, String>>()
    })?;
    println!("{} files, {bytes} bytes", files.len());
    Ok(())
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|end| end == "gz") {
                files.push(path);
            }
        }
    }
    Ok(())
}

/// Takes files until none is left, and counts what comes out of them.
fn inflate(files: &[PathBuf], next: &AtomicUsize) -> Result<usize, String> {
    let mut inflater = Decompressor::new();
    let (mut stored, mut expanded) = (Vec::new(), Vec::new());
    let mut bytes = 0;
    while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
        stored.clear();
        let read = File::open(path).and_then(|mut file| file.read_to_end(&mut stored));
        read.map_err(|error| error.to_string())?;
        let length = stored
            .last_chunk()
            .map_or(0, |last| u32::from_le_bytes(*last)) as usize;
        if expanded.len() < length {
            expanded.resize(length, 0);
        }
        let content = expanded.get_mut(..length).unwrap_or_default();
        let written = inflater.gzip_decompress(&stored, content);
        bytes += written.map_err(|error| error.to_string())?;
    }
    Ok(bytes)
}
