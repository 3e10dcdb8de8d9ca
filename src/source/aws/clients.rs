//! The clients: one a service and region, all from the session's one configuration.

use aws_config::{Region, SdkConfig};

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
    /// IAM Access Analyzer.
    access_analyzer, access_analyzer_in: aws_sdk_accessanalyzer;
}

impl Session {
    /// S3 in a region. With an endpoint of one's own, buckets stand in the path: such servers know no names of hosts.
    pub fn s3_in(&self, region: &str) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::config::Builder::from(&self.config_in(region))
            .force_path_style(self.config.endpoint_url().is_some())
            .build();
        aws_sdk_s3::Client::from_conf(config)
    }

    fn config_in(&self, region: &str) -> SdkConfig {
        self.config
            .to_builder()
            .region(Region::new(region.to_owned()))
            .build()
    }
}
