//! AWS itself: who asks, in which region, and what may go wrong on the way.
//!
//! A [`Session`] holds the credentials and one client a service and region, and runs what is asynchronous; the rest of the
//! program stays synchronous. Credentials come from the standard chain (environment, profiles, SSO, web identity, processes,
//! containers, instances). Everything here only reads. Each call that is made stands in [`calls`], the table of which
//! `polgen self-policy` is made, and is named when it fails.

pub mod account_roles;
pub mod athena;
pub mod athena_table;
pub mod bucket;
pub mod checks;
mod clients;
pub mod digest_keys;
pub mod error;
pub mod functions;
pub mod history;
pub mod lake;
pub mod last_accessed;
pub mod posture;
mod redact;
pub mod regions;
pub mod role;
pub mod trails;

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::ProvideCredentials as _;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_types::app_name::AppName;
use tokio::runtime::Runtime;

pub use super::calls;
pub use error::{AwsError, AwsErrorKind};

/// The region when nothing names one: there the global services answer.
const DEFAULT_REGION: &str = "us-east-1";
/// How often a call is tried before it counts as failed; throttling alone can take a few.
const ATTEMPTS: u32 = 8;
/// The first wait between two tries; it doubles each time.
const FIRST_WAIT: Duration = Duration::from_millis(300);
/// The longest wait between two tries.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// How long a connection may take to be there.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// How long one try may take.
const ATTEMPT_LIMIT: Duration = Duration::from_secs(90);

/// What the user says about where and as whom to call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionOptions {
    /// The profile in the shared configuration files.
    pub profile: Option<String>,
    /// The region that overrides the configured one.
    pub region: Option<String>,
    /// An address that all calls go to, in place of AWS's own.
    pub endpoint_url: Option<String>,
}

/// The caller, as STS knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The account.
    pub account: String,
    /// The user or role session.
    pub arn: String,
}

impl Caller {
    /// The partition: `aws`, `aws-cn`, `aws-us-gov`.
    pub fn partition(&self) -> &str {
        self.arn.split(':').nth(1).unwrap_or("aws")
    }
}

/// Credentials, a region, and what runs the calls.
#[derive(Debug)]
pub struct Session {
    runtime: Runtime,
    config: SdkConfig,
    region: String,
}

impl Session {
    /// Loads the configuration and the credentials.
    ///
    /// Fails when there are no credentials; no call to AWS is made yet, but by providers that must (SSO, roles, IMDS).
    pub fn open(options: &SessionOptions) -> Result<Self, AwsError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(|error| AwsError::other("", format!("cannot start threads: {error}")))?;
        let config = runtime.block_on(load(options));
        let region = config
            .region()
            .map_or(DEFAULT_REGION, Region::as_ref)
            .to_owned();
        check_region(&region)?;
        let config = config
            .into_builder()
            .region(Region::new(region.clone()))
            .build();
        let session = Self {
            runtime,
            config,
            region,
        };
        session.check_credentials()?;
        Ok(session)
    }

    fn check_credentials(&self) -> Result<(), AwsError> {
        let Some(provider) = self.config.credentials_provider() else {
            return Err(AwsError::no_credentials(None));
        };
        self.block_on(provider.provide_credentials())
            .map(|_| ())
            .map_err(|error| error::credentials(&error, &DisplayErrorContext(&error).to_string()))
    }

    /// Runs one future to its end.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// What runs the calls, for those who start several at once.
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// The region in use.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The address in place of AWS's own, if there is one.
    pub fn endpoint_url(&self) -> Option<&str> {
        self.config.endpoint_url()
    }

    /// Asks STS who calls. It needs no permission.
    pub fn caller(&self) -> Result<Caller, AwsError> {
        let answer = self
            .block_on(self.sts().get_caller_identity().send())
            .map_err(|error| error::translate(&calls::GET_CALLER_IDENTITY, &error))?;
        match (answer.account, answer.arn) {
            (Some(account), Some(arn)) => Ok(Caller { account, arn }),
            _ => Err(AwsError::other(
                calls::GET_CALLER_IDENTITY.action,
                "expected an account and an ARN, found none",
            )),
        }
    }
}

/// Loads profiles, environment and credentials' providers.
async fn load(options: &SessionOptions) -> SdkConfig {
    let http = Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let retry = RetryConfig::standard()
        .with_max_attempts(ATTEMPTS)
        .with_initial_backoff(FIRST_WAIT)
        .with_max_backoff(LONGEST_WAIT);
    let timeout = TimeoutConfig::builder()
        .connect_timeout(CONNECT_LIMIT)
        .operation_attempt_timeout(ATTEMPT_LIMIT)
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .retry_config(retry)
        .timeout_config(timeout);
    if let Ok(name) = AppName::new(concat!("polgen-", env!("CARGO_PKG_VERSION"))) {
        loader = loader.app_name(name);
    }
    if let Some(profile) = &options.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = &options.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(url) = &options.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    loader.load().await
}

/// A region becomes part of a host's name.
fn check_region(region: &str) -> Result<(), AwsError> {
    let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !region.is_empty() && region.bytes().all(is_name) {
        return Ok(());
    }
    Err(AwsError {
        kind: AwsErrorKind::WrongRegion,
        place: "region".to_owned(),
        problem: format!("expected a region's name such as `eu-central-1`, found `{region}`"),
        hint: Some("name one with `--region`, or set `AWS_REGION`".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_leads_to_no_other_host() {
        for region in ["eu-central-1", "us-gov-west-1"] {
            assert_eq!(check_region(region), Ok(()));
        }
        for region in [
            "",
            "evil.example/",
            "EU-CENTRAL-1",
            "eu-central-1.evil.example",
            "a@b",
            "a#",
        ] {
            let options = SessionOptions {
                region: Some(region.to_owned()),
                ..SessionOptions::default()
            };
            let refused = Session::open(&options).unwrap_err();
            assert_eq!(refused.kind, AwsErrorKind::WrongRegion, "{region}");
        }
    }

    #[test]
    fn no_call_waits_without_end() {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.enable_all().build().unwrap();
        let config = runtime.block_on(load(&SessionOptions::default()));
        let limits = config.timeout_config().unwrap();
        assert_eq!(limits.connect_timeout(), Some(CONNECT_LIMIT));
        assert_eq!(limits.operation_attempt_timeout(), Some(ATTEMPT_LIMIT));
        assert_eq!(config.retry_config().unwrap().max_attempts(), ATTEMPTS);
    }
}
