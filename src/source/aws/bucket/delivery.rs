//! A trail's bucket as a place with digests, where each digest's signature stands in the metadata of its object.
//!
//! Source: CloudTrail user guide, "CloudTrail digest file structure".

use std::path::PathBuf;

use super::{TrailBucket, fetch, walk};
use crate::source::RemoteFile;
use crate::source::aws::calls::GET_OBJECT;
use crate::source::aws::error::translate;
use crate::source::digests::{Delivered, Delivery};
use crate::time::Window;
use crate::trail::Gap;

/// The name of the metadata that holds a digest's signature.
const SIGNATURE: &str = "signature";

impl Delivery for TrailBucket {
    fn name(&self) -> String {
        format!("s3://{}/{}", self.place.bucket, self.place.prefix)
    }

    fn files(&self, window: Window) -> (Vec<Delivered>, Vec<Gap>) {
        let listing = self
            .runtime
            .block_on(walk::list(self, (window, walk::Kind::WithDigests)));
        let files = listing.files.into_iter().map(|file| Delivered {
            path: PathBuf::from(file.path),
            stored_bytes: file.stored_bytes,
            tag: file.tag,
        });
        (files.collect(), listing.gaps)
    }

    fn contents(&self, files: &[Delivered]) -> Vec<Result<Vec<u8>, String>> {
        let files: Vec<RemoteFile> = files.iter().map(RemoteFile::from).collect();
        self.runtime.block_on(fetch::all(self, &files))
    }

    fn signature(&self, file: &Delivered) -> Result<Option<String>, String> {
        let asked = self
            .client
            .head_object()
            .bucket(&self.place.bucket)
            .key(RemoteFile::from(file).path)
            .send();
        let answer = self.runtime.block_on(asked);
        let answer = answer.map_err(|error| translate(&GET_OBJECT, &error).to_string())?;
        let signature = answer
            .metadata
            .and_then(|mut metadata| metadata.remove(SIGNATURE));
        // CloudTrail writes one beside each; a digest that somebody else has put there has none.
        let missing = || "expected CloudTrail's signature beside it, found none".to_owned();
        signature.ok_or_else(missing).map(Some)
    }

    fn name_of(&self, file: &Delivered) -> String {
        format!("s3://{}/{}", self.place.bucket, RemoteFile::from(file).path)
    }
}
