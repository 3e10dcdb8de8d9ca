//! The clients: one a service and region, all from the session's one configuration.

use aws_config::{Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3control::config::endpoint::{Endpoint, EndpointFuture, Params, ResolveEndpoint};

use super::Session;

/// Makes a client of a service in the session's region, or in another.
macro_rules! clients {
    ($($(#[$meta:meta])* $name:ident, $name_in:ident: $service:ident;)*) => {
        impl Session {
            $(
                $(#[$meta])*
                pub fn $name(&self) -> $service::Client {
                    $service::Client::new(&self.config)
                }

                /// The same in another region.
                pub fn $name_in(&self, region: &str) -> $service::Client {
                    $service::Client::new(&self.config_in(region))
                }
            )*
        }
    };
}

clients! {
    /// IAM; it is global, its endpoint follows from the region's partition.
    iam, iam_in: aws_sdk_iam;
    /// STS.
    sts, sts_in: aws_sdk_sts;
    /// CloudTrail.
    cloudtrail, cloudtrail_in: aws_sdk_cloudtrail;
    /// Lambda.
    lambda, lambda_in: aws_sdk_lambda;
    /// Account management.
    account, account_in: aws_sdk_account;
    /// Athena.
    athena, athena_in: aws_sdk_athena;
    /// CloudFormation.
    cloudformation, cloudformation_in: aws_sdk_cloudformation;
    /// Cloud Control.
    cloudcontrol, cloudcontrol_in: aws_sdk_cloudcontrol;
    /// IAM Access Analyzer.
    access_analyzer, access_analyzer_in: aws_sdk_accessanalyzer;
}

impl Session {
    /// What makes clients of IAM with credentials other than the session's.
    pub(super) fn iam_with(
        &self,
    ) -> impl FnOnce(Credentials) -> aws_sdk_iam::Client + Send + use<> {
        let config = self.config.to_builder();
        |credentials| {
            let provider = SharedCredentialsProvider::new(credentials);
            aws_sdk_iam::Client::new(&config.credentials_provider(provider).build())
        }
    }

    /// S3 in a region. With an endpoint of one's own, buckets stand in the path: such servers know no names of hosts.
    pub fn s3_in(&self, region: &str) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::config::Builder::from(&self.config_in(region))
            .force_path_style(self.config.endpoint_url().is_some())
            .build();
        aws_sdk_s3::Client::from_conf(config)
    }

    /// S3 in a region, asked by nobody: some questions need no signature, and S3 answers them to everyone.
    pub fn unsigned_s3_in(&self, region: &str) -> aws_sdk_s3::Client {
        let mut config = self.config_in(region).into_builder();
        config.set_credentials_provider(None);
        let config = aws_sdk_s3::config::Builder::from(&config.build())
            .force_path_style(self.config.endpoint_url().is_some())
            .allow_no_auth()
            .build();
        aws_sdk_s3::Client::from_conf(config)
    }

    /// S3 Control in a region. It puts the account before the host's name, which an endpoint of one's own does not have.
    pub fn s3control_in(&self, region: &str) -> aws_sdk_s3control::Client {
        let mut config = aws_sdk_s3control::config::Builder::from(&self.config_in(region));
        if let Some(url) = self.config.endpoint_url() {
            config = config.endpoint_resolver(Fixed(url.to_owned()));
        }
        aws_sdk_s3control::Client::from_conf(config.build())
    }

    fn config_in(&self, region: &str) -> SdkConfig {
        self.config
            .to_builder()
            .region(Region::new(region.to_owned()))
            .build()
    }
}

/// One address for everything.
#[derive(Debug)]
struct Fixed(String);

impl ResolveEndpoint for Fixed {
    fn resolve_endpoint<'a>(&'a self, _: &'a Params) -> EndpointFuture<'a> {
        EndpointFuture::ready(Ok(Endpoint::builder().url(self.0.clone()).build()))
    }
}
