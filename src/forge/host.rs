//! Where the pull request is, and what its host calls things.

use std::fmt;

use serde_json::Value;

/// A kind of host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// GitHub, in the cloud or one's own.
    GitHub,
    /// GitLab, in the cloud or one's own.
    GitLab,
}

/// What a kind of host calls things.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) name: &'static str,
    /// The most characters of a comment. Sources: GitHub's own refusal ("maximum is 65536 characters"); GitLab's documentation of notes.
    pub(super) most_characters: usize,
    /// The method that changes a comment.
    pub(super) edit: &'static str,
    /// Where a comment names its author.
    pub(super) author: &'static str,
    /// Where the answer on the token's owner names them.
    pub(super) login: &'static str,
    /// Where a comment tells its address.
    pub(super) url: &'static str,
    /// Who writes with the host's own token for workflows, which may not ask who it is.
    pub(super) workflow_author: Option<&'static str>,
    /// What the token needs.
    pub(super) permission: &'static str,
    /// Where the token is looked for, first to last.
    pub(super) tokens: &'static [&'static str],
    pub(super) request: &'static str,
}

const GITHUB: Words = Words {
    name: "GitHub",
    most_characters: 65_536,
    edit: "PATCH",
    author: "/user/login",
    login: "/login",
    url: "/html_url",
    workflow_author: Some("github-actions[bot]"),
    permission: "`pull-requests: write`",
    tokens: &["GITHUB_TOKEN", "GH_TOKEN"],
    request: "pull request",
};

const GITLAB: Words = Words {
    name: "GitLab",
    most_characters: 1_000_000,
    edit: "PUT",
    author: "/author/username",
    login: "/username",
    url: "",
    workflow_author: None,
    permission: "the scope `api` and the role Reporter or more",
    tokens: &["GITLAB_TOKEN"],
    request: "merge request",
};

impl Kind {
    pub(super) fn words(self) -> &'static Words {
        match self {
            Self::GitHub => &GITHUB,
            Self::GitLab => &GITLAB,
        }
    }

    /// The host's name.
    pub fn name(self) -> &'static str {
        self.words().name
    }

    /// The most characters that a comment may have.
    pub fn most_characters(self) -> usize {
        self.words().most_characters
    }
}

/// One pull request at one host.
#[derive(Clone, PartialEq, Eq)]
pub struct Host {
    /// The kind of host.
    pub kind: Kind,
    /// The address of its API.
    pub api_url: String,
    /// `OWNER/NAME`, or the number or path of a project.
    pub repository: String,
    /// The number of the pull request.
    pub number: u64,
    /// The token.
    pub token: String,
    /// Who the token's comments are by, where that is known.
    pub author: Option<String>,
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host")
            .field("api_url", &self.api_url)
            .field("repository", &self.repository)
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

/// What the flags say of the host; what they leave out is looked for in the environment.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// `OWNER/NAME`, or a project.
    pub repository: Option<String>,
    /// The number of the pull request.
    pub number: Option<u64>,
    /// The address of the API.
    pub api_url: Option<String>,
    /// Who the token's comments are by.
    pub author: Option<String>,
}

impl Host {
    /// Finds the pull request by flags and by what a workflow finds in its environment.
    ///
    /// `read_event` reads GitHub's description of the event that started the workflow.
    ///
    /// # Errors
    ///
    /// Names what is missing, and where it would have been found.
    pub fn find(
        kind: Kind,
        wanted: Wanted,
        variable: &dyn Fn(&str) -> Option<String>,
        read_event: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, String> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let words = kind.words();
        let (url, repository) = match kind {
            Kind::GitHub => ("GITHUB_API_URL", "GITHUB_REPOSITORY"),
            Kind::GitLab => ("CI_API_V4_URL", "CI_PROJECT_ID"),
        };
        let public = match kind {
            Kind::GitHub => "https://api.github.com",
            Kind::GitLab => "https://gitlab.com/api/v4",
        };
        let api_url = wanted.api_url.or_else(|| variable(url));
        let repository = wanted
            .repository
            .or_else(|| variable(repository))
            .ok_or_else(|| format!("expected `--repository` or `{repository}`, found neither"))?;
        if kind == Kind::GitHub && !is_repository(&repository) {
            return Err(format!("expected `OWNER/NAME`, found `{repository}`"));
        }
        let found = || match kind {
            Kind::GitHub => of_event(&variable, read_event),
            Kind::GitLab => variable("CI_MERGE_REQUEST_IID")?.parse().ok(),
        };
        let number = wanted.number.or_else(found).ok_or_else(|| {
            let from = match kind {
                Kind::GitHub => "an event of one in `GITHUB_EVENT_PATH` or `GITHUB_REF`",
                Kind::GitLab => "`CI_MERGE_REQUEST_IID`",
            };
            format!(
                "expected a {}: `--number`, or {from}; found neither",
                words.request
            )
        })?;
        let token = words.tokens.iter().find_map(|name| variable(name));
        let token = token.ok_or_else(|| {
            let names: Vec<String> = words
                .tokens
                .iter()
                .map(|name| format!("`{name}`"))
                .collect();
            format!("expected a token in {}, found none", names.join(" or "))
        })?;
        Ok(Self {
            kind,
            api_url: api_url.unwrap_or_else(|| public.to_owned()),
            repository,
            number,
            token,
            author: wanted.author,
        })
    }
}

/// Nothing else goes into the address.
fn is_repository(text: &str) -> bool {
    let is_name = |name: &str| {
        !name.is_empty()
            && name != "."
            && name != ".."
            && name
                .chars()
                .all(|one| one.is_ascii_alphanumeric() || "-_.".contains(one))
    };
    matches!(text.split_once('/'), Some((owner, name)) if is_name(owner) && is_name(name))
}

fn of_event(
    variable: &dyn Fn(&str) -> Option<String>,
    read_event: &dyn Fn(&str) -> Option<String>,
) -> Option<u64> {
    let event = variable("GITHUB_EVENT_PATH").and_then(|path| read_event(&path));
    let event: Value = event
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default();
    // An issue that is no pull request has comments too, which are not meant.
    let issue = event
        .pointer("/issue/pull_request")
        .and(event.pointer("/issue/number"));
    let of_event = event
        .pointer("/pull_request/number")
        .or(issue)
        .and_then(Value::as_u64);
    of_event.or_else(|| {
        let reference = variable("GITHUB_REF")?;
        reference
            .strip_prefix("refs/pull/")?
            .split('/')
            .next()?
            .parse()
            .ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(kind: Kind, wanted: Wanted, pairs: &[(&str, &str)]) -> Result<Host, String> {
        let variable = |name: &str| {
            let found = pairs.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Host::find(kind, wanted, &variable, &|text| Some(text.to_owned()))
    }

    #[test]
    fn a_workflow_tells_the_pull_request() {
        let base = [("GITHUB_REPOSITORY", "acme/app"), ("GITHUB_TOKEN", "t")];
        let number = |more: &[(&str, &str)]| {
            found(Kind::GitHub, Wanted::default(), &[&base[..], more].concat())
                .map(|host| host.number)
        };
        assert_eq!(
            number(&[("GITHUB_EVENT_PATH", r#"{"pull_request":{"number":7}}"#)]),
            Ok(7)
        );
        let comment = r#"{"issue":{"number":8,"pull_request":{}}}"#;
        assert_eq!(number(&[("GITHUB_EVENT_PATH", comment)]), Ok(8));
        assert!(number(&[("GITHUB_EVENT_PATH", r#"{"issue":{"number":8}}"#)]).is_err());
        assert_eq!(number(&[("GITHUB_REF", "refs/pull/9/merge")]), Ok(9));
        assert!(number(&[("GITHUB_REF", "refs/heads/main")]).is_err());
    }

    #[test]
    fn what_is_missing_is_named() {
        let wanted = Wanted {
            number: Some(1),
            ..Wanted::default()
        };
        let problem = found(
            Kind::GitHub,
            wanted.clone(),
            &[("GITHUB_REPOSITORY", "a/b")],
        )
        .unwrap_err();
        assert!(
            problem.contains("`GITHUB_TOKEN` or `GH_TOKEN`"),
            "{problem}"
        );
        let problem = found(
            Kind::GitHub,
            wanted.clone(),
            &[("GITHUB_REPOSITORY", "a/../b")],
        )
        .unwrap_err();
        assert!(problem.contains("OWNER/NAME"), "{problem}");
        let problem = found(Kind::GitLab, wanted, &[("GITLAB_TOKEN", "t")]).unwrap_err();
        assert!(problem.contains("CI_PROJECT_ID"), "{problem}");
    }

    #[test]
    fn a_host_does_not_show_its_token() {
        let pairs = [
            ("CI_PROJECT_ID", "12"),
            ("CI_MERGE_REQUEST_IID", "3"),
            ("CI_API_V4_URL", "https://gitlab.example/api/v4"),
            ("GITLAB_TOKEN", "glpat-secret"),
        ];
        let host = found(Kind::GitLab, Wanted::default(), &pairs).unwrap();
        assert_eq!(host.api_url, "https://gitlab.example/api/v4");
        assert!(!format!("{host:?}").contains("secret"));
    }
}
