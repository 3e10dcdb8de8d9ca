//! Holds the one-way house of `docs/architecture.md`, so that it stays true without anybody watching.
//!
//! The order of the folders is read from that document. Sources are compared as tokens, not as text: what stands in a
//! comment or in a string is no violation, and what hides in a macro or in nested braces is one. `planted_violations_are_caught`
//! shows that each rule can fail.

#![expect(
    clippy::expect_used,
    reason = "a test that cannot read the sources should fail at once"
)]

use std::fs;
use std::path::{Path, PathBuf};

use mention::Mention;

#[path = "architecture/mention.rs"]
mod mention;

const LINE_LIMIT: usize = 450;

/// Paths that reach the outside world. The pure part may not name them.
const OUTSIDE: &[&[&str]] = &[
    &["std", "env"],
    &["std", "fs"],
    &["std", "net", "TcpListener"],
    &["std", "net", "TcpStream"],
    &["std", "net", "UdpSocket"],
    &["std", "os"],
    &["std", "process"],
    &["io", "stderr"],
    &["io", "stdin"],
    &["io", "stdout"],
    &["Instant"],
    &["SystemTime"],
    &["Timestamp", "now"],
    &["Zoned", "now"],
    &["anstream"],
    &["tempfile"],
];
const PRINTING: &[&str] = &["print", "println", "eprint", "eprintln", "dbg"];
const UNFINISHED: &[&str] = &["todo", "unimplemented"];

/// The folders as the document draws them.
struct House {
    /// Rank by name: a module may use those of a lower rank, and its own.
    ranks: Vec<(String, usize)>,
    /// The first rank that may reach the outside world.
    first_edge: usize,
}

impl House {
    /// Reads the drawing: one line a rank. The first line names the words that all share, each other line one folder.
    fn read(document: &str) -> Self {
        let drawing = document
            .split("```text\n")
            .nth(1)
            .expect("a ```text block")
            .split("```")
            .next()
            .expect("its end");
        let mut house = Self {
            ranks: Vec::new(),
            first_edge: usize::MAX,
        };
        for (rank, line) in drawing
            .lines()
            .filter(|line| !line.trim().is_empty())
            .enumerate()
        {
            let (margin, rest) = line.split_at(line.len().min(11));
            if margin.trim() == "edges" {
                house.first_edge = rank;
            }
            let names = rest.trim().split("   ").next().unwrap_or_default();
            let count = if rank == 0 { usize::MAX } else { 1 };
            house.ranks.extend(
                names
                    .split_whitespace()
                    .take(count)
                    .map(|name| (name.to_owned(), rank)),
            );
        }
        house
    }

    fn rank(&self, module: &str) -> Option<usize> {
        self.ranks
            .iter()
            .find(|(name, _)| name == module)
            .map(|(_, rank)| *rank)
    }
}

/// Every rule broken by one source, as `path:line: what`.
fn violations(house: &House, file: &Path, source: &str) -> Vec<String> {
    let shown = file.display();
    let mut broken = Vec::new();
    if !source.starts_with("//! ") {
        broken.push(format!(
            "{shown}:1: does not open with `//!` and why it exists"
        ));
    }
    let lines = source.lines().count();
    if lines > LINE_LIMIT {
        broken.push(format!("{shown}: {lines} lines, more than {LINE_LIMIT}"));
    }
    if file.file_name().is_some_and(|name| name == "mod.rs") {
        broken.push(format!("{shown}: `foo.rs` beside `foo/`, not `mod.rs`"));
    }
    let mut found = Vec::new();
    match source.parse() {
        Ok(tokens) => mention::collect(tokens, false, &mut found),
        Err(error) => broken.push(format!("{shown}: cannot be read: {error}")),
    }
    for mention in found.iter().filter(|mention| mention.is_macro) {
        if mention
            .segments
            .last()
            .is_some_and(|name| UNFINISHED.contains(&name.as_str()))
        {
            broken.push(format!(
                "{shown}:{}: unfinished: `{}!`",
                mention.line,
                mention.segments.join("::")
            ));
        }
    }
    if let Ok(inside) = file.strip_prefix("src") {
        broken.extend(
            found
                .iter()
                .filter_map(|mention| misplaced(house, inside, mention))
                .map(|(line, what)| format!("{shown}:{line}: {what}")),
        );
    }
    broken
}

/// What a mention in `src/` breaks: the order of the folders, or the purity of the upper ones.
fn misplaced(house: &House, inside: &Path, mention: &Mention) -> Option<(usize, String)> {
    let module = inside
        .components()
        .next()?
        .as_os_str()
        .to_str()?
        .trim_end_matches(".rs");
    if module == "lib" || module == "main" {
        return None;
    }
    let Some(own) = house.rank(module) else {
        return Some((
            mention.line,
            format!("`{module}` has no place in docs/architecture.md"),
        ));
    };
    let written = mention.segments.join("::");
    if let [first, second, ..] = mention.segments.as_slice() {
        if first == "super" && second == "super" {
            return Some((
                mention.line,
                format!("`{written}`: write the path from `crate` on"),
            ));
        }
        if first == "crate"
            && second != module
            && house.rank(second).is_some_and(|rank| rank >= own)
        {
            return Some((
                mention.line,
                format!("`{written}`: `{module}` comes before `{second}` and may not use it"),
            ));
        }
    }
    if own >= house.first_edge || mention.is_test {
        return None;
    }
    let prints = mention.is_macro
        && mention
            .segments
            .last()
            .is_some_and(|name| PRINTING.contains(&name.as_str()));
    let reaches_out = OUTSIDE.iter().any(|path| mention.holds(path));
    (prints || reaches_out).then(|| {
        (
            mention.line,
            format!("`{written}`: `{module}` is pure: no input or output, no clock"),
        )
    })
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn house() -> House {
    House::read(
        &fs::read_to_string(root().join("docs/architecture.md"))
            .expect("docs/architecture.md is there"),
    )
}

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            // What a build of the fuzzer made is no source.
            if !path.ends_with("fuzz/target") {
                rust_files(&path, files);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

#[test]
fn every_source_keeps_the_rules() {
    let mut files = vec![root().join("build.rs")];
    for folder in ["src", "tests", "benches", "examples", "fuzz"] {
        rust_files(&root().join(folder), &mut files);
    }
    files.retain(|file| file.exists());
    files.sort();
    assert!(
        files.len() > 10,
        "only {} files found below {}",
        files.len(),
        root().display()
    );
    let house = house();
    let broken: Vec<_> = files
        .iter()
        .flat_map(|file| {
            let source = fs::read_to_string(file).expect("a readable source");
            violations(
                &house,
                file.strip_prefix(root()).expect("below the root"),
                &source,
            )
        })
        .collect();
    assert!(
        broken.is_empty(),
        "{} violations:\n{}",
        broken.len(),
        broken.join("\n")
    );
}

#[test]
fn the_order_is_drawn_once_and_the_library_repeats_it() {
    let drawn = house();
    let library = fs::read_to_string(root().join("src/lib.rs")).expect("src/lib.rs is there");
    let head: String = library
        .lines()
        .filter_map(|line| line.strip_prefix("//!"))
        .flat_map(|line| [line.strip_prefix(' ').unwrap_or(line), "\n"])
        .collect();
    assert_eq!(
        House::read(&head).ranks,
        drawn.ranks,
        "src/lib.rs and docs/architecture.md draw different houses"
    );
    assert!(
        drawn.first_edge < drawn.ranks.len(),
        "no line of the drawing begins with `edges`"
    );
    for module in [
        "arn",
        "time",
        "pattern",
        "trail",
        "catalog",
        "mapping",
        "usage",
        "policy",
        "synthesis",
        "source",
        "cli",
    ] {
        assert!(drawn.rank(module).is_some(), "`{module}` is not drawn");
    }
    assert_eq!(
        drawn.rank("arn"),
        drawn.rank("pattern"),
        "words shared by all have one rank"
    );
    assert!(drawn.rank("mapping") < drawn.rank("policy"));
}

/// File, source, and what the complaint must say.
const PLANTED: &[(&str, &str, &str)] = &[
    (
        "src/trail/record.rs",
        "//! Why.\nuse crate::cli::run;",
        "`trail` comes before `cli`",
    ),
    (
        "src/catalog.rs",
        "//! Why.\nuse crate::{arn::Arn, usage::{Usage, role}};",
        "`catalog` comes before `usage`",
    ),
    (
        "src/mapping.rs",
        "//! Why.\nfn f() { g(vec![crate::synthesis::fit()]) }",
        "`mapping` comes before `synthesis`",
    ),
    (
        "src/arn.rs",
        "//! Why.\nuse crate::pattern::Pattern;",
        "`arn` comes before `pattern`",
    ),
    (
        "src/usage/role.rs",
        "//! Why.\nuse super::super::policy::Document;",
        "write the path from `crate` on",
    ),
    (
        "src/policy.rs",
        "//! Why.\nuse std::{fmt, fs::{self, File}};",
        "`policy` is pure",
    ),
    (
        "src/diff.rs",
        "//! Why.\nuse std::io;\nfn f() { io::stdin().lock() }",
        "`diff` is pure",
    ),
    (
        "src/report.rs",
        "//! Why.\nfn f() { println!(\"x\") }",
        "`report` is pure",
    ),
    (
        "src/time.rs",
        "//! Why.\nfn f() { jiff::Timestamp::now() }",
        "`time` is pure",
    ),
    (
        "src/usage.rs",
        "//! Why.\nfn f() { std::env::var(\"X\") }",
        "`usage` is pure",
    ),
    (
        "src/engine.rs",
        "//! Why.\nfn f() {}",
        "has no place in docs/architecture.md",
    ),
    (
        "src/cli.rs",
        "//! Why.\nfn f() { todo!() }",
        "unfinished: `todo!`",
    ),
    ("src/cli.rs", "fn f() {}", "does not open with `//!`"),
    ("tests/common/mod.rs", "//! Why.", "not `mod.rs`"),
];

#[test]
fn planted_violations_are_caught() {
    let house = house();
    for (file, source, wanted) in PLANTED {
        let broken = violations(&house, Path::new(file), source);
        assert!(
            broken.iter().any(|line| line.contains(wanted)),
            "{file}: {source}\nwanted {wanted}, found {broken:?}"
        );
    }
    let long = format!("//! Why.\n{}", "\n".repeat(LINE_LIMIT + 1));
    assert_eq!(violations(&house, Path::new("build.rs"), &long).len(), 1);
}

#[test]
fn what_only_looks_like_a_violation_is_none() {
    let house = house();
    let innocent = [
        (
            "src/trail.rs",
            "//! Why.\n/// See `crate::cli` and println!.\nfn f() { g(\"std::fs\") }",
        ),
        (
            "src/cli/map.rs",
            "//! Why.\nuse crate::source::read;\nuse std::fs;\nfn f() { println!(\"x\") }",
        ),
        (
            "src/synthesis.rs",
            "//! Why.\nuse crate::synthesis::fit;\nuse crate::policy::Document;",
        ),
        (
            "src/catalog.rs",
            "//! Why.\n#[cfg(test)]\nmod tests { use std::fs; }",
        ),
    ];
    for (file, source) in innocent {
        assert_eq!(
            violations(&house, Path::new(file), source),
            Vec::<String>::new(),
            "{file}: {source}"
        );
    }
}
