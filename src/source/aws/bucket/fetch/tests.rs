//! Objects of a server that breaks off, changes them under the reader's hands, or has more than was listed: each is read whole or told.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Mutex;

use aws_credential_types::Credentials;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::{BehaviorVersion, Builder, Region};

use super::*;

/// What a server answers, by the number of the request from 1 on and its head in lower case: the head's own lines, and a body that may be
/// shorter than the head says.
type Answers = fn(usize, &str) -> (String, Vec<u8>);

/// A server of one object.
struct Server {
    getting: Getting,
    runtime: tokio::runtime::Runtime,
    asked: Arc<Mutex<usize>>,
}

impl Server {
    fn start(answers: Answers) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(0));
        let count = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let count = Arc::clone(&count);
                std::thread::spawn(move || answer(stream.unwrap(), &count, answers));
            }
        });
        let credentials = Credentials::new("AKIAPOLGENTEST000001", "x", None, None, "test");
        let config = Builder::new()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .endpoint_url(url)
            .force_path_style(true)
            .credentials_provider(credentials)
            .retry_config(RetryConfig::disabled())
            .http_client(aws_smithy_http_client::Builder::new().build_http());
        let getting = Getting {
            client: Client::from_conf(config.build()),
            bucket: "trail".to_owned(),
            limit: Arc::new(Semaphore::new(REQUESTS_AT_ONCE)),
            refusals: Arc::default(),
        };
        Self {
            getting,
            runtime: tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .unwrap(),
            asked,
        }
    }

    /// Fetches a file that was listed with so many bytes: what there is, or what is said of it.
    fn fetch(&self, stored_bytes: u64) -> Result<Vec<u8>, String> {
        self.fetch_as_listed(stored_bytes, "")
    }

    fn fetch_as_listed(&self, stored_bytes: u64, tag: &str) -> Result<Vec<u8>, String> {
        let file = RemoteFile {
            path: "a.json.gz".to_owned(),
            stored_bytes,
            tag: tag.to_owned(),
        };
        let fetched = self.runtime.block_on(self.getting.one(&file));
        fetched.map_err(|error| error.to_string())
    }

    fn asked(&self) -> usize {
        *self.asked.lock().unwrap()
    }
}

/// Answers one request.
fn answer(mut stream: TcpStream, count: &Mutex<usize>, answers: Answers) {
    let (mut head, mut piece) = (Vec::new(), [0; 4096]);
    while !head.ends_with(b"\r\n\r\n") {
        let read = stream.read(&mut piece).unwrap();
        head.extend_from_slice(&piece[..read]);
    }
    let number = {
        let mut count = count.lock().unwrap();
        *count += 1;
        *count
    };
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    let (lines, body) = answers(number, &head);
    let text = format!("HTTP/1.1 {lines}\r\nconnection: close\r\n\r\n");
    stream.write_all(text.as_bytes()).unwrap();
    // Who has read enough hangs up.
    let _ = stream.write_all(&body);
}

fn whole(body: &[u8]) -> (String, Vec<u8>) {
    let head = format!("200 OK\r\ncontent-length: {}", body.len());
    (head, body.to_vec())
}

/// A body that breaks off before its end.
fn broken() -> (String, Vec<u8>) {
    ("200 OK\r\ncontent-length: 9".to_owned(), b"who".to_vec())
}

#[test]
fn what_breaks_off_is_asked_for_again_and_then_told() {
    let server = Server::start(|number, _| match number {
        1..=3 => broken(),
        _ => whole(b"whole"),
    });
    assert_eq!(server.fetch(5), Ok(b"whole".to_vec()));
    assert_eq!(server.asked(), 4);
    let server = Server::start(|_, _| broken());
    let told = server.fetch(5).unwrap_err();
    assert!(
        told.contains("s3:GetObject: the connection broke off"),
        "{told}"
    );
    assert_eq!(server.asked(), 4);
}

#[test]
fn what_is_larger_than_any_trail_file_is_not_asked_for() {
    let server = Server::start(|_, _| whole(b"whole"));
    let told = server.fetch(MOST_BYTES + 1).unwrap_err();
    assert!(
        told.contains("expected at most 1073741824 bytes, found 1073741825"),
        "{told}"
    );
    assert_eq!(server.asked(), 0);
}

#[test]
fn what_is_larger_than_it_was_listed_is_not_read() {
    let server = Server::start(|_, _| {
        let head = format!("200 OK\r\ncontent-length: {}", MOST_BYTES + 1);
        (head, vec![0; 1 << 20])
    });
    let told = server.fetch(5).unwrap_err();
    assert!(
        told.contains("expected at most 1073741824 bytes, found 1073741825"),
        "{told}"
    );
    assert_eq!(server.asked(), 1);
}

#[test]
fn a_range_is_no_more_than_was_asked_for() {
    // A server that knows no ranges and tells no length.
    let server = Server::start(|_, _| ("200 OK".to_owned(), vec![b'x'; 9 << 20]));
    let told = server.fetch(LARGE).unwrap_err();
    assert!(
        told.contains("expected at most 8388608 bytes, found "),
        "{told}"
    );
    assert_eq!(server.asked(), 1);
}

/// The range that was asked for, and its answer with a tag; `less` bytes of the last range are kept back.
fn range(head: &str, tag: &str, less: usize) -> (String, Vec<u8>) {
    let all = usize::try_from(LARGE).unwrap();
    let mut lines = head.lines();
    let range = lines.find_map(|line| line.strip_prefix("range: bytes="));
    let (from, to) = range.unwrap().split_once('-').unwrap();
    let (from, to): (usize, usize) = (from.parse().unwrap(), to.parse().unwrap());
    let length = to + 1 - from - if to + 1 == all { less } else { 0 };
    let lines = format!(
        "206 Partial Content\r\netag: \"{tag}\"\r\ncontent-range: bytes {from}-{to}/{all}\r\ncontent-length: {length}"
    );
    (lines, vec![b'x'; length])
}

/// Two ranges and a bit.
const LARGE: u64 = 2 * RANGE_BYTES + 10;

#[test]
fn of_a_large_object_all_ranges_are_of_the_same_one() {
    let server = Server::start(|_, head| range(head, "first", 0));
    let fetched = server.fetch(LARGE).unwrap();
    assert_eq!((fetched.len() as u64, server.asked()), (LARGE, 3));
    // After the first range somebody writes the object anew.
    let server = Server::start(|number, head| {
        if number == 1 {
            range(head, "first", 0)
        } else if head.contains("if-match: \"first\"") {
            (
                "412 Precondition Failed\r\ncontent-length: 0".to_owned(),
                Vec::new(),
            )
        } else {
            range(head, "second", 0)
        }
    });
    let told = server.fetch(LARGE).unwrap_err();
    assert!(told.contains("it was changed meanwhile"), "{told}");
}

#[test]
fn what_is_read_is_what_was_listed() {
    for stored_bytes in [5, LARGE] {
        let server = Server::start(|_, head| {
            if !head.contains("if-match: \"listed\"") {
                return whole(b"whole");
            }
            let lines = "412 Precondition Failed\r\ncontent-length: 0".to_owned();
            (lines, Vec::new())
        });
        let told = server.fetch_as_listed(stored_bytes, "\"listed\"");
        let told = told.unwrap_err();
        assert!(told.contains("it was changed meanwhile"), "{told}");
        assert_eq!(server.asked(), 1);
    }
}

#[test]
fn a_large_object_that_lacks_something_is_told() {
    let server = Server::start(|_, head| range(head, "first", 3));
    let told = server.fetch(LARGE).unwrap_err();
    let wanted = format!("expected {LARGE} bytes, found {}", LARGE - 3);
    assert!(told.contains(&wanted), "{told}");
}
