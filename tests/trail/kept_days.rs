//! Days of a trail elsewhere that are kept: a second run gets the same from less.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use flate2::read::GzDecoder;
use polgen::catalog::Catalog;
use polgen::source::{
    Folding, KeptDays, Listing, ReadOptions, Remote, RemoteFile, TrailSource, fold, kept_days,
};
use polgen::time::Window;
use polgen::usage::{RoleQuery, Usage};

/// A folder that is asked as if it lay elsewhere.
#[derive(Debug)]
struct Elsewhere {
    root: PathBuf,
    fetched: AtomicUsize,
    refused: Mutex<BTreeSet<String>>,
}

impl Elsewhere {
    fn new(root: &Path) -> Arc<Self> {
        Arc::new(Self {
            root: root.to_owned(),
            fetched: AtomicUsize::new(0),
            refused: Mutex::default(),
        })
    }

    /// How many files were fetched since it was asked last.
    fn fetched(&self) -> usize {
        self.fetched.swap(0, Ordering::Relaxed)
    }
}

fn files_below(root: &Path) -> Vec<PathBuf> {
    let mut waiting = vec![root.to_owned()];
    let mut files = Vec::new();
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

impl Remote for Elsewhere {
    fn list(&self, _window: Window) -> Listing {
        let files = files_below(&self.root).into_iter().map(|path| RemoteFile {
            stored_bytes: path.metadata().unwrap().len(),
            path: path.strip_prefix(&self.root).unwrap().display().to_string(),
            tag: String::new(),
        });
        Listing {
            files: files.collect(),
            gaps: Vec::new(),
        }
    }

    fn fetch(&self, files: &[RemoteFile]) -> Vec<Result<Vec<u8>, String>> {
        self.fetched.fetch_add(files.len(), Ordering::Relaxed);
        let refused = self.refused.lock().unwrap();
        let one = |file: &RemoteFile| {
            if refused.contains(&file.path) {
                return Err("refused".to_owned());
            }
            fs::read(self.root.join(&file.path)).map_err(|error| error.to_string())
        };
        files.iter().map(one).collect()
    }

    fn identity(&self) -> String {
        "elsewhere".to_owned()
    }

    fn name_of(&self, file: &RemoteFile) -> String {
        file.path.clone()
    }
}

/// The sample's trail, in a folder of its own.
fn sample() -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/trail");
    for file in files_below(&root) {
        if !file.to_str().unwrap().contains("/CloudTrail/") {
            continue;
        }
        let to = place.path().join(file.strip_prefix(&root).unwrap());
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(&file, to).unwrap();
    }
    place
}

fn query() -> RoleQuery {
    RoleQuery::parse("PrototypeFunctionRole").unwrap()
}

fn kept(elsewhere: &Arc<Elsewhere>, cache: &Path, window: Window) -> (Usage, KeptDays) {
    let remote: Arc<dyn Remote> = Arc::<Elsewhere>::clone(elsewhere);
    let options = ReadOptions {
        window,
        ..ReadOptions::default()
    };
    let found = kept_days(&remote, cache, &query(), &options);
    let mut usage = Usage::default();
    let parts = found.whole.parts.values().chain(found.cut.parts.values());
    parts.for_each(|part| usage.merge(part.usage.clone()));
    usage.finish();
    (usage, found)
}

fn direct(elsewhere: &Arc<Elsewhere>, window: Window) -> Usage {
    let remote: Arc<dyn Remote> = Arc::<Elsewhere>::clone(elsewhere);
    let options = ReadOptions {
        window,
        ..ReadOptions::default()
    };
    let query = query();
    let mut usage = Usage::default();
    let learned = Arc::default();
    let start = || Folding::new(&query, &learned);
    let reading = fold(
        &[TrailSource::Remote(remote)],
        &options,
        &start,
        &mut |part| {
            usage.merge(part.usage());
        },
    );
    usage.note_others(&reading.tally, Catalog::bundled());
    usage.finish();
    usage
}

fn window(since: &str, until: &str) -> Window {
    Window {
        since: since.parse().ok(),
        until: until.parse().ok(),
    }
}

#[test]
fn what_is_kept_gives_the_same_as_the_files() {
    let (place, cache) = (sample(), tempfile::tempdir().unwrap());
    let elsewhere = Elsewhere::new(place.path());
    let windows = [
        Window::default(),
        window("2026-06-10T00:00:00Z", "2026-06-20T00:00:00Z"),
        window("2026-06-10T11:30:00Z", "2026-07-03T17:45:10Z"),
        window("2026-06-10T11:30:00Z", "2026-06-10T18:00:00Z"),
        window("2026-06-10T11:30:00Z", "never"),
        window("never", "2026-06-10T11:30:00Z"),
    ];
    for window in windows {
        let wanted = direct(&elsewhere, window);
        assert!(!wanted.roles.is_empty());
        // With nothing kept the first time, with everything after that.
        for _ in 0..2 {
            let (found, _) = kept(&elsewhere, cache.path(), window);
            assert_eq!(found, wanted, "{window:?}");
        }
    }
}

#[test]
fn only_new_days_are_fetched() {
    let (place, cache) = (sample(), tempfile::tempdir().unwrap());
    let elsewhere = Elsewhere::new(place.path());
    let all = files_below(place.path()).len();
    let (first, _) = kept(&elsewhere, cache.path(), Window::default());
    assert_eq!(elsewhere.fetched(), all);
    let (second, found) = kept(&elsewhere, cache.path(), Window::default());
    assert_eq!((elsewhere.fetched(), second), (0, first));
    assert!(found.known_days > 50);
    // A late file of one day: that day is read again.
    let files = files_below(place.path());
    let late = files[40].with_file_name("late.json");
    fs::write(&late, br#"{"Records":[]}"#).unwrap();
    let of_day = |path: &PathBuf| {
        let day = |path: &Path| {
            path.parent()
                .unwrap()
                .iter()
                .rev()
                .take(3)
                .map(ToOwned::to_owned)
                .collect::<Vec<_>>()
        };
        day(path) == day(&late)
    };
    kept(&elsewhere, cache.path(), Window::default());
    assert_eq!(
        elsewhere.fetched(),
        files_below(place.path())
            .iter()
            .filter(|path| of_day(path))
            .count()
    );
}

#[test]
fn a_day_with_a_gap_is_not_kept() {
    let (place, cache) = (sample(), tempfile::tempdir().unwrap());
    let elsewhere = Elsewhere::new(place.path());
    let files = files_below(place.path());
    let path = files[7].strip_prefix(place.path()).unwrap();
    let path = path.display().to_string();
    elsewhere.refused.lock().unwrap().insert(path);
    let (_, found) = kept(&elsewhere, cache.path(), Window::default());
    assert_eq!(found.reading.tally.gaps, 1);
    elsewhere.refused.lock().unwrap().clear();
    elsewhere.fetched();
    let (usage, found) = kept(&elsewhere, cache.path(), Window::default());
    assert_eq!(found.reading.tally.gaps, 0);
    assert!((1..10).contains(&elsewhere.fetched()));
    assert_eq!(usage, direct(&elsewhere, Window::default()));
}

#[test]
fn what_cannot_be_read_of_a_day_that_the_window_cuts_is_told_once() {
    let (place, cache) = (sample(), tempfile::tempdir().unwrap());
    let elsewhere = Elsewhere::new(place.path());
    let files = files_below(place.path());
    let of_day = |path: &&PathBuf| path.to_str().unwrap().contains("/2026/06/10/");
    let path = files.iter().find(of_day).unwrap();
    let path = path.strip_prefix(place.path()).unwrap();
    let refuse = || {
        let path = path.display().to_string();
        elsewhere.refused.lock().unwrap().insert(path);
    };
    let cut = window("2026-06-10T00:00:01Z", "2026-06-11T00:00:00Z");
    // Nothing is kept, so the day is read whole and once more in part.
    refuse();
    let (_, found) = kept(&elsewhere, cache.path(), cut);
    assert_eq!(found.reading.tally.gaps, 1);
    // The day is kept, and only the part is read.
    elsewhere.refused.lock().unwrap().clear();
    kept(&elsewhere, cache.path(), Window::default());
    refuse();
    let (_, found) = kept(&elsewhere, cache.path(), cut);
    assert_eq!(found.reading.tally.gaps, 1);
    let gap = &found.reading.gaps[0];
    assert!(gap.place.contains(path.to_str().unwrap()), "{gap:?}");
}

#[test]
fn what_was_kept_and_is_damaged_is_read_again() {
    let (place, cache) = (sample(), tempfile::tempdir().unwrap());
    let elsewhere = Elsewhere::new(place.path());
    let (wanted, _) = kept(&elsewhere, cache.path(), Window::default());
    let files = files_below(cache.path());
    for (number, file) in files.iter().enumerate() {
        let bytes = fs::read(file).unwrap();
        match number % 3 {
            0 => fs::write(file, &bytes[..bytes.len() / 2]).unwrap(),
            1 => fs::write(file, b"").unwrap(),
            _ => fs::remove_file(file).unwrap(),
        }
    }
    let (found, kept_days) = kept(&elsewhere, cache.path(), Window::default());
    assert_eq!((found, kept_days.known_days), (wanted, 0));
    assert_eq!(files_below(cache.path()).len(), files.len());
}

#[test]
fn nothing_of_requests_and_answers_is_kept() {
    let (place, cache) = (sample(), tempfile::tempdir().unwrap());
    let elsewhere = Elsewhere::new(place.path());
    kept(&elsewhere, cache.path(), Window::default());
    for file in files_below(cache.path()) {
        let mut text = String::new();
        let mut decoder = GzDecoder::new(fs::File::open(file).unwrap());
        std::io::Read::read_to_string(&mut decoder, &mut text).unwrap();
        assert!(text.contains("PrototypeFunctionRole"));
        for key in [
            "requestParameters",
            "responseElements",
            "sessionToken",
            "accessKeyId",
            "credentials",
        ] {
            let holds = text.contains(&format!("\"{key}\""));
            assert!(!holds, "{key}");
        }
    }
}

#[test]
fn runs_at_the_same_time_do_not_disturb_each_other() {
    let (place, cache) = (sample(), tempfile::tempdir().unwrap());
    let elsewhere = Elsewhere::new(place.path());
    let wanted = direct(&elsewhere, Window::default());
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| kept(&elsewhere, cache.path(), Window::default()).0))
            .collect();
        for run in runs {
            assert_eq!(run.join().unwrap(), wanted);
        }
    });
}
