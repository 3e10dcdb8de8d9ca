//! Where the examples of a page run: an empty folder with the samples, and an environment with nothing of the caller's.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;

/// A page's folder.
#[derive(Debug)]
pub(crate) struct Place {
    folder: tempfile::TempDir,
    tools: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let tools = tempfile::tempdir().unwrap();
        symlink(crate::root().join("samples"), folder.path().join("samples")).unwrap();
        symlink(env!("CARGO_BIN_EXE_polgen"), tools.path().join("polgen")).unwrap();
        Self { folder, tools }
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path: PathBuf = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Runs a command as a shell would; both streams go where a terminal would show them. Returns the exit code.
    pub(crate) fn run(&self, command: &str) -> (String, i32) {
        let path = format!(
            "{}:/usr/local/bin:/usr/bin:/bin",
            self.tools.path().display()
        );
        let script = format!("exec 2>&1\n{command}");
        let output = Command::new("sh")
            .args(["-c", &script])
            .env_clear()
            .current_dir(self.folder.path())
            .envs([
                ("PATH", path.as_str()),
                ("HOME", self.tools.path().to_str().unwrap()),
                ("LC_ALL", "C.UTF-8"),
                // The width that the pages are written for.
                ("COLUMNS", "100"),
                // Who commits is of no account, but git asks.
                ("GIT_AUTHOR_NAME", "you"),
                ("GIT_AUTHOR_EMAIL", "you@example.com"),
                ("GIT_COMMITTER_NAME", "you"),
                ("GIT_COMMITTER_EMAIL", "you@example.com"),
            ])
            .output()
            .unwrap();
        let printed = String::from_utf8(output.stdout).expect("text");
        (printed, output.status.code().unwrap_or(-1))
    }
}
