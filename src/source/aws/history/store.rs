//! Where pages of the event history are kept: one file a page, named by its region and the seconds that it covers whole.
//!
//! A file is there entirely or not at all, and its name is the only book-keeping, so a run may be killed at any moment. A lock
//! keeps two runs on one account apart; the second waits, since both would share the rate limit anyway, and finds the work done.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use tempfile::NamedTempFile;

use super::{Progress, Span};
use crate::source::aws::Caller;

/// The end of a page's name.
const PAGE: &str = ".json.gz";
/// The end of the name of a page whose time is so young that events may still come in.
const OPEN: &str = ".open.json.gz";

/// The folder of an account; another address than AWS's own is another world.
pub(super) fn folder(cache: &Path, endpoint_url: Option<&str>, caller: &Caller) -> PathBuf {
    let folder = cache.join("event-history").join(&caller.account);
    let Some(url) = endpoint_url else {
        return folder;
    };
    let name: String = url
        .chars()
        .map(|sign| {
            if sign.is_ascii_alphanumeric() {
                sign
            } else {
                '-'
            }
        })
        .collect();
    folder.join(name)
}

/// The pages of one account.
#[derive(Debug)]
pub(super) struct Store {
    folder: PathBuf,
    _lock: File,
}

impl Store {
    /// Opens the account's folder, and waits until no other run uses it.
    pub(super) fn open(folder: PathBuf, progress: &dyn Progress) -> Result<Self, String> {
        let locked = make_private(&folder).and_then(|()| {
            let lock = File::create(folder.join("lock"))?;
            match lock.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    progress.waits();
                    lock.lock()?;
                }
                Err(TryLockError::Error(error)) => return Err(error),
            }
            Ok(lock)
        });
        match locked {
            Ok(lock) => Ok(Self {
                folder,
                _lock: lock,
            }),
            Err(error) => Err(format!("{}: {error}", folder.display())),
        }
    }

    /// Removes the pages that end before a moment.
    pub(super) fn prune(&self, region: &str, oldest: i64) -> Result<(), String> {
        for (path, span) in self.list(region, PAGE)? {
            if span.to < oldest {
                remove(&path)?;
            }
        }
        Ok(())
    }

    /// What of `wanted` is not there, newest first. Pages that were too young when they were read are dropped.
    pub(super) fn missing(&self, region: &str, wanted: Span) -> Result<Vec<Span>, String> {
        for (path, _) in self.list(region, OPEN)? {
            remove(&path)?;
        }
        let there = self.list(region, PAGE)?;
        Ok(gaps(wanted, there.into_iter().map(|(_, span)| span)))
    }

    /// The pages that hold something of `wanted`, by time.
    pub(super) fn files(&self, region: &str, wanted: Span) -> Result<Vec<PathBuf>, String> {
        let mut pages = self.list(region, PAGE)?;
        pages.extend(self.list(region, OPEN)?);
        pages.retain(|(_, span)| span.from <= wanted.to && span.to >= wanted.from);
        pages.sort_by_key(|(_, span)| *span);
        Ok(pages.into_iter().map(|(path, _)| path).collect())
    }

    /// Keeps a page. What is younger than `settled` goes to a page of its own, which the next run reads anew.
    pub(super) fn keep(
        &self,
        region: &str,
        span: Span,
        mut records: Vec<(i64, Value)>,
        settled: i64,
    ) -> Result<(), String> {
        // All pages one after the other are in order of time then, wherever they were cut.
        records.sort_by(|(second, one), (other_second, other)| {
            let id = |record: &Value| {
                record
                    .get("eventID")
                    .and_then(Value::as_str)
                    .map(str::to_owned)
            };
            second
                .cmp(other_second)
                .then_with(|| id(one).cmp(&id(other)))
        });
        let (young, old): (Vec<_>, Vec<_>) = records
            .into_iter()
            .partition(|(second, _)| *second > settled);
        if span.to > settled {
            let from = span.from.max(settled + 1);
            self.write(region, Span { from, ..span }, OPEN, young)?;
        }
        if span.from <= settled {
            let to = span.to.min(settled);
            self.write(region, Span { to, ..span }, PAGE, old)?;
        }
        Ok(())
    }

    fn write(
        &self,
        region: &str,
        span: Span,
        end: &str,
        records: Vec<(i64, Value)>,
    ) -> Result<(), String> {
        let folder = self.folder.join(region);
        let path = folder.join(format!("{:012}-{:012}{end}", span.from, span.to));
        let records: Vec<Value> = records.into_iter().map(|(_, record)| record).collect();
        let content = serde_json::json!({ "Records": records });
        let written = make_private(&folder).and_then(|()| {
            let mut encoder = GzEncoder::new(NamedTempFile::new_in(&folder)?, Compression::fast());
            serde_json::to_writer(&mut encoder, &content)?;
            let mut file = encoder.finish()?;
            file.flush()?;
            file.persist(&path)?;
            Ok(())
        });
        written.map_err(|error| format!("{}: {error}", path.display()))
    }

    /// The region's files of one kind, with the time in their names.
    fn list(&self, region: &str, end: &str) -> Result<Vec<(PathBuf, Span)>, String> {
        let folder = self.folder.join(region);
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(|error| format!("{}: {error}", folder.display()))?,
        };
        let mut found = Vec::new();
        for entry in entries {
            let path = entry
                .map_err(|error| format!("{}: {error}", folder.display()))?
                .path();
            let name = path.file_name().and_then(|name| name.to_str());
            let span = name
                .and_then(|name| name.strip_suffix(end))
                .and_then(span_of);
            found.extend(span.map(|span| (path, span)));
        }
        Ok(found)
    }
}

fn remove(path: &Path) -> Result<(), String> {
    fs::remove_file(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Reads `FROM-TO`.
fn span_of(name: &str) -> Option<Span> {
    let (from, to) = name.split_once('-')?;
    Some(Span {
        from: from.parse().ok()?,
        to: to.parse().ok()?,
    })
}

/// What of `wanted` none of `there` covers, newest first.
fn gaps(wanted: Span, there: impl IntoIterator<Item = Span>) -> Vec<Span> {
    let mut there: Vec<Span> = there.into_iter().collect();
    there.sort_unstable();
    let mut gaps = Vec::new();
    let mut next = wanted.from;
    for span in there {
        if span.from > next && next <= wanted.to {
            gaps.push(Span {
                from: next,
                to: (span.from - 1).min(wanted.to),
            });
        }
        next = next.max(span.to.saturating_add(1));
    }
    if next <= wanted.to {
        gaps.push(Span {
            from: next,
            to: wanted.to,
        });
    }
    gaps.reverse();
    gaps
}

/// Makes a folder that only its owner can look into: records tell who did what.
fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use serde_json::json;

    fn span(from: i64, to: i64) -> Span {
        Span { from, to }
    }

    #[derive(Debug)]
    struct Silent;

    impl Progress for Silent {
        fn waits(&self) {}
        fn begins(&self, _seconds: u64) {}
        fn covered(&self, _seconds: u64, _events: u64) {}
    }

    fn store(folder: &Path) -> Store {
        Store::open(folder.to_owned(), &Silent).unwrap()
    }

    #[test]
    fn gaps_are_what_no_span_covers() {
        let wanted = span(10, 50);
        assert_eq!(gaps(wanted, []), [wanted]);
        assert_eq!(gaps(wanted, [span(0, 60)]), []);
        assert_eq!(gaps(wanted, [span(10, 19), span(20, 50)]), []);
        assert_eq!(gaps(wanted, [span(60, 70)]), [wanted]);
        assert_eq!(gaps(wanted, [span(0, 5)]), [wanted]);
        let found = gaps(wanted, [span(30, 40), span(15, 20), span(18, 35)]);
        assert_eq!(found, [span(41, 50), span(10, 14)]);
    }

    #[test]
    fn what_is_kept_is_not_asked_for_again_and_the_young_is() {
        let folder = tempfile::tempdir().unwrap();
        let records = vec![
            (90, json!({"eventID": "young"})),
            (40, json!({"eventID": "old"})),
        ];
        {
            let store = store(folder.path());
            store.keep("r", span(30, 100), records, 80).unwrap();
            assert_eq!(store.files("r", span(1, 100)).unwrap().len(), 2);
        }
        let store = store(folder.path());
        let missing = store.missing("r", span(1, 100)).unwrap();
        assert_eq!(missing, [span(81, 100), span(1, 29)]);
        assert_eq!(store.files("r", span(1, 100)).unwrap().len(), 1);
        assert_eq!(store.files("r", span(1, 29)).unwrap().len(), 0);
        assert_eq!(store.missing("other", span(1, 2)).unwrap(), [span(1, 2)]);
        store.prune("r", 80).unwrap();
        assert_eq!(store.files("r", span(1, 100)).unwrap().len(), 1);
        store.prune("r", 81).unwrap();
        assert_eq!(store.files("r", span(1, 100)).unwrap().len(), 0);
    }

    #[test]
    fn a_page_is_replaced_whole_and_in_the_order_of_time() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        let keep = |ids: &[(i64, &str)]| {
            let record = |(second, id): &(i64, &str)| (*second, json!({ "eventID": id }));
            let records = ids.iter().map(record).collect();
            store.keep("r", span(1, 9), records, 9).unwrap();
            store.files("r", span(1, 9)).unwrap().remove(0)
        };
        let read = |path: &Path| {
            let file = flate2::read::GzDecoder::new(File::open(path).unwrap());
            serde_json::from_reader::<_, Value>(file).unwrap()
        };
        let page = keep(&[(5, "b"), (2, "c"), (5, "a")]);
        let wanted = json!({"Records": [{"eventID": "c"}, {"eventID": "a"}, {"eventID": "b"}]});
        assert_eq!(read(&page), wanted);
        // Whoever reads the page meanwhile reads on in the old one.
        let old = folder.path().join("old");
        fs::hard_link(&page, &old).unwrap();
        keep(&[]);
        assert_eq!(read(&old), wanted);
        assert_eq!(read(&page), json!({"Records": []}));
        assert_eq!(fs::read_dir(folder.path().join("r")).unwrap().count(), 1);
    }

    /// Tells when a run waits for another one.
    #[derive(Debug)]
    struct Waiter(mpsc::Sender<()>);

    impl Progress for Waiter {
        fn waits(&self) {
            self.0.send(()).unwrap();
        }
        fn begins(&self, _seconds: u64) {}
        fn covered(&self, _seconds: u64, _events: u64) {}
    }

    #[test]
    fn a_second_run_waits_for_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let first = store(folder.path());
        let (said, told) = mpsc::channel();
        let path = folder.path().to_owned();
        let second = std::thread::spawn(move || Store::open(path, &Waiter(said)).is_ok());
        // It hangs up without a word if it does not wait.
        assert_eq!(told.recv(), Ok(()));
        assert!(!second.is_finished());
        drop(first);
        assert!(second.join().unwrap());
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_look_into_the_pages() {
        use std::os::unix::fs::PermissionsExt as _;

        let top = tempfile::tempdir().unwrap();
        let folder = top.path().join("event-history").join("111122223333");
        let store = store(&folder);
        store.keep("r", span(1, 2), Vec::new(), 9).unwrap();
        for one in [
            folder.join("r"),
            folder.clone(),
            top.path().join("event-history"),
        ] {
            let mode = fs::metadata(&one).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700, "{}", one.display());
        }
        let page = store.files("r", span(1, 2)).unwrap().remove(0);
        let mode = fs::metadata(page).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }

    #[test]
    fn another_address_is_another_world() {
        let caller = Caller {
            account: "111122223333".to_owned(),
            arn: "arn:aws:iam::111122223333:user/ann".to_owned(),
        };
        let of = |url| folder(Path::new("cache"), url, &caller);
        assert_eq!(of(None), Path::new("cache/event-history/111122223333"));
        let local = of(Some("http://127.0.0.1:1/../../x"));
        assert_eq!(local.parent(), Some(of(None).as_path()));
        assert_ne!(
            of(Some("http://127.0.0.1:2")),
            of(Some("http://127.0.0.1:1"))
        );
    }
}
