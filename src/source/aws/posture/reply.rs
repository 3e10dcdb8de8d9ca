//! One thing with all that AWS replied about it, in the words of the AWS CLI.

use std::collections::BTreeMap;
use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde_json::Value as Json;

use crate::posture::Reply;
use crate::source::aws::error::translate;
use crate::source::aws::{AwsError, AwsErrorKind};
use crate::source::calls::Call;

/// A thing.
#[derive(Debug)]
pub(super) struct Thing {
    /// Its ARN.
    pub(super) arn: String,
    /// By the path at which each would be saved.
    pub(super) replies: BTreeMap<String, Reply>,
    /// What else could not be read.
    pub(super) gaps: Vec<String>,
    /// Why the run cannot go on.
    pub(super) end: Option<AwsError>,
}

impl Thing {
    pub(super) fn new(arn: String) -> Self {
        Self {
            arn,
            replies: BTreeMap::new(),
            gaps: Vec::new(),
            end: None,
        }
    }

    /// Writes a reply down, in the AWS CLI's shape.
    pub(super) fn note<T, E>(
        &mut self,
        path: &str,
        call: &Call,
        outcome: Result<T, SdkError<E, HttpResponse>>,
        shape: impl FnOnce(T) -> Json,
    ) where
        E: ProvideErrorMetadata + Error + 'static,
    {
        match outcome {
            Ok(answer) => self.say(path, shape(answer)),
            Err(error) => {
                let code = error
                    .as_service_error()
                    .and_then(ProvideErrorMetadata::code);
                let code = code.unwrap_or_default().to_owned();
                self.fail(path, code, translate(call, &error));
            }
        }
    }

    pub(super) fn say(&mut self, path: &str, said: Json) {
        self.replies.insert(file(path), Reply::Said(said));
    }

    pub(super) fn fail(&mut self, path: &str, code: String, error: AwsError) {
        let why = error.to_string();
        self.replies.insert(file(path), Reply::Failed { code, why });
        self.heed(error);
    }

    /// Tells of something that could not be read, as a whole.
    pub(super) fn miss(&mut self, what: &str, error: AwsError) {
        self.gaps.push(format!("{what}: {error}"));
        self.heed(error);
    }

    /// Ends the run for what would fail everywhere.
    fn heed(&mut self, error: AwsError) {
        if error.is_about_credentials() {
            self.end.get_or_insert(error);
        }
    }

    /// Ends the run for a thing that is not there if the user named it, and else tells that it is gone.
    pub(super) fn absent(&mut self, what: &str, is_named: bool, error: AwsError) {
        self.replies.clear();
        if is_named {
            let hint = "check the name, the account (`--profile`) and the region (`--region`)";
            self.end.get_or_insert(AwsError {
                kind: AwsErrorKind::NotFound,
                problem: format!("`{what}`: not found"),
                hint: Some(hint.to_owned()),
                ..error
            });
        } else {
            self.gaps
                .push(format!("it is listed, but not there: {error}"));
        }
    }
}

fn file(path: &str) -> String {
    format!("{path}.json")
}

/// A document that AWS keeps as a text.
pub(super) fn document(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}
