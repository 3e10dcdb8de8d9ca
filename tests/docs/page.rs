//! A page: its blocks in order, run one after the other, compared, and written anew where that is asked for.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use comrak::nodes::NodeValue;
use comrak::{Arena, Options};

use crate::block::{Block, Kind};
use crate::links;
use crate::place::Place;

/// A page of the documentation.
#[derive(Debug)]
pub(crate) struct Page {
    /// Its path from the project's folder.
    pub(crate) name: String,
    pub(crate) blocks: Vec<Block>,
    path: PathBuf,
    text: String,
    problems: Vec<String>,
}

/// A command, and what is printed below it.
struct Step {
    command: String,
    printed: String,
}

impl Page {
    pub(crate) fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let name = path.strip_prefix(crate::root()).unwrap();
        let arena = Arena::new();
        let tree = comrak::parse_document(&arena, &text, &Options::default());
        let mut page = Self {
            name: name.to_str().unwrap().to_owned(),
            blocks: Vec::new(),
            path: path.to_owned(),
            problems: Vec::new(),
            text: String::new(),
        };
        for node in tree.descendants() {
            let data = node.data.borrow();
            let NodeValue::CodeBlock(code) = &data.value else {
                continue;
            };
            match Block::read(code, data.sourcepos.start.line) {
                Ok(block) => page.blocks.push(block),
                Err(problem) => {
                    let line = data.sourcepos.start.line;
                    page.problems
                        .push(format!("{}:{line}: {problem}", page.name));
                }
            }
        }
        page.text = text;
        page
    }

    pub(crate) fn place(&self, block: &Block) -> String {
        format!("{}:{}", self.name, block.line)
    }

    /// Runs and compares all blocks.
    pub(crate) fn check(&self) -> Result<(), String> {
        let mut problems = self.problems.clone();
        let mut lines: Vec<&str> = self.text.lines().collect();
        let mut blessed = Vec::new();
        let links = links::broken(&self.path).into_iter();
        problems.extend(links.map(|problem| format!("{}: {problem}", self.name)));
        let place = Place::new();
        for block in &self.blocks {
            match &block.kind {
                Kind::NotRun { .. } => {}
                Kind::Data { language, file } => {
                    if let Err(problem) = block.parse(language) {
                        problems.push(format!("{}: {problem}", self.place(block)));
                    }
                    if let Some(file) = file {
                        place.write(file, &block.text);
                    }
                }
                Kind::Run => {
                    let real = transcript(&block.text, &place)
                        .map_err(|problem| format!("{}: {problem}", self.place(block)))?;
                    if real.lines().any(|line| line.starts_with("```")) {
                        let place = self.place(block);
                        problems.push(format!("{place}: a fence is printed: show less of it"));
                    } else if real != block.text {
                        problems.push(format!(
                            "{}:\n{}",
                            self.place(block),
                            change(&block.text, &real)
                        ));
                        blessed.push((block, real));
                    }
                }
            }
        }
        if std::env::var_os("POLGEN_BLESS").is_some() && !blessed.is_empty() {
            // From the last to the first, so that lines keep their numbers.
            for (block, real) in blessed.iter().rev() {
                let first = block.line - 1;
                let last = first + block.text.lines().count();
                lines.splice(first..last, real.trim_end_matches('\n').split('\n'));
            }
            fs::write(&self.path, lines.join("\n") + "\n").unwrap();
            eprintln!("wrote {}", self.name);
            return Ok(());
        }
        if problems.is_empty() {
            return Ok(());
        }
        problems.push("`POLGEN_BLESS=1 cargo test --test docs` writes what was printed".to_owned());
        Err(problems.join("\n"))
    }
}

/// Runs the commands of a block and writes down what a terminal would show.
fn transcript(block: &str, place: &Place) -> Result<String, String> {
    let steps = steps(block)?;
    let mut shown = String::new();
    for step in steps {
        let (printed, code) = place.run(&step.command);
        let lines: Vec<&str> = step.command.lines().collect();
        for (index, line) in lines.iter().enumerate() {
            let prompt = if index == 0 { "$" } else { ">" };
            writeln!(shown, "{prompt} {line}").unwrap();
        }
        shown.push_str(&printed);
        if !printed.is_empty() && !printed.ends_with('\n') {
            shown.push('\n');
        }
        if code != 0 {
            writeln!(shown, "(exit code {code})").unwrap();
        }
        // An empty line between commands is the page's own.
        if step.printed.ends_with("\n\n") && !shown.ends_with("\n\n") {
            shown.push('\n');
        }
    }
    // Empty lines at the end are no part of a block.
    while shown.ends_with("\n\n") {
        shown.pop();
    }
    Ok(shown)
}

/// The commands of a block: a line after `$ `, and those after `> ` that go on with it.
fn steps(block: &str) -> Result<Vec<Step>, String> {
    let mut steps: Vec<Step> = Vec::new();
    for line in block.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            steps.push(Step {
                command: command.to_owned(),
                printed: String::new(),
            });
            continue;
        }
        let Some(step) = steps.last_mut() else {
            return Err(format!("expected a command after `$ `, found `{line}`"));
        };
        match line.strip_prefix("> ") {
            Some(more) if step.printed.is_empty() => {
                step.command.push('\n');
                step.command.push_str(more);
            }
            _ => {
                step.printed.push_str(line);
                step.printed.push('\n');
            }
        }
    }
    if steps.is_empty() {
        return Err("expected a command after `$ `, found none".to_owned());
    }
    Ok(steps)
}

/// What differs, by lines.
fn change(old: &str, new: &str) -> String {
    let diff = similar::TextDiff::from_lines(old, new);
    diff.unified_diff()
        .header("on the page", "printed")
        .to_string()
}
