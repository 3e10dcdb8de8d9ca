//! Finds CloudTrail records in whatever they are wrapped in.
//!
//! A trail file is `{"Records":[…]}`, but the same records also come as LookupEvents output, EventBridge events, CloudWatch
//! Logs messages, JSON lines, bare, in an array, or inside what a log shipper put around them. Nothing here knows
//! one file or one product: `wrapped` has the list of members that may hold records, and whatever holds none is reported
//! with what was found in its place.
//!
//! [`Scanner`] takes the bytes in pieces, so a file larger than memory can be read, and gives out one record's text at a
//! time. Nothing is parsed beyond the structure, and nesting is followed for a few levels only.

mod place;
mod scanner;
mod sniff;
mod wrapped;

pub use place::Place;
pub use scanner::Scanner;
pub use sniff::{GZIP_MAGIC, describe};

use super::Gap;
pub use super::head::Head;

/// What a scan comes upon.
#[derive(Debug)]
pub enum Item<'a> {
    /// The text of one record, its head where that is as CloudTrail writes it, and where it stands.
    Record(&'a [u8], Option<Head<'a>>, Place<'a>),
    /// A digest file: CloudTrail's signature over its files, no record.
    Digest,
    /// Something that could not be read.
    Gap(Gap),
}

/// What the receiver of an [`Item`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The item's structure is sound.
    Sound,
    /// The record's JSON is broken, so its end may lie elsewhere than it seems.
    Broken,
}

/// Says whether more bytes follow those in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// There may be more.
    No,
    /// These are the last.
    Yes,
    /// These are the last because the rest is lost, which has been reported already.
    Lost,
}

/// The receiver of what a scan finds.
pub type Receive<'r> = dyn FnMut(Item<'_>) -> Verdict + 'r;
