//! A fenced block of a page, by what its first line says of it.

use comrak::nodes::NodeCodeBlock;

/// A block of a page.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) kind: Kind,
    /// The line of the page on which the text begins.
    pub(crate) line: usize,
    pub(crate) text: String,
}

/// What is done with a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Its commands are run.
    Run,
    /// Its commands are looked at.
    NotRun { reason: String },
    /// It is data, and a file for the blocks after it if it has a name.
    Data {
        language: String,
        file: Option<String>,
    },
}

impl Block {
    /// Reads a block, or says what is wrong with its first line.
    pub(crate) fn read(code: &NodeCodeBlock, line: usize) -> Result<Self, String> {
        let info = code.info.trim();
        let (language, rest) = info.split_once(' ').unwrap_or((info, ""));
        let kind = match (language, rest.trim()) {
            ("console", "") => Kind::Run,
            ("console", rest) => match rest.strip_prefix("not-run:").map(str::trim) {
                Some(reason) if !reason.is_empty() => Kind::NotRun {
                    reason: reason.to_owned(),
                },
                _ => return Err(format!("expected `not-run: REASON`, found `{rest}`")),
            },
            ("", _) => return Err("expected a language after the fence, found none".to_owned()),
            ("sh" | "bash" | "shell", _) => {
                return Err("expected `console`, whose commands are run".to_owned());
            }
            (language, "") => Kind::Data {
                language: language.to_owned(),
                file: None,
            },
            (language, rest) => match rest.strip_prefix("file=") {
                Some(file) if !file.contains("..") && !file.starts_with('/') => Kind::Data {
                    language: language.to_owned(),
                    file: Some(file.to_owned()),
                },
                _ => return Err(format!("expected `file=NAME`, found `{rest}`")),
            },
        };
        Ok(Self {
            kind,
            line: line + 1,
            text: code.literal.clone(),
        })
    }

    /// Looks whether data is what it says.
    pub(crate) fn parse(&self, language: &str) -> Result<(), String> {
        match language {
            "json" => {
                let values = serde_json::Deserializer::from_str(&self.text);
                let mut values = values.into_iter::<serde_json::Value>();
                values
                    .try_for_each(|value| value.map(|_| ()))
                    .map_err(|error| error.to_string())
            }
            "toml" => toml::from_str::<toml::Table>(&self.text)
                .map(|_| ())
                .map_err(|error| error.to_string()),
            "yaml" => saphyr_parser::Parser::new_from_str(&self.text)
                .try_for_each(|event| event.map(|_| ()))
                .map_err(|error| error.to_string()),
            "hcl" => hcl_edit::parser::parse_body(&self.text)
                .map(|_| ())
                .map_err(|error| error.to_string()),
            "text" if self.text.lines().any(|line| line.starts_with("$ ")) => {
                Err("expected `console` for what begins with `$ `".to_owned())
            }
            "text" | "rust" | "diff" | "markdown" | "typescript" | "html" => Ok(()),
            other => Err(format!(
                "expected a language that is looked at, found `{other}`"
            )),
        }
    }
}
