//! A list of comments without end is read up to its limit, and then it is no list.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use super::*;

/// Answers every request of a connection with an empty page, and says that another follows after all but page `last`.
fn answer(mut stream: TcpStream, last: usize) {
    let mut asked = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(count @ 1..) = stream.read(&mut piece) {
        asked.extend_from_slice(piece.get(..count).unwrap());
        let text = String::from_utf8_lossy(&asked).into_owned();
        if !text.ends_with("\r\n\r\n") {
            continue;
        }
        asked.clear();
        let (_, page) = text.lines().next().unwrap().split_once("&page=").unwrap();
        let page: usize = page.split(' ').next().unwrap().parse().unwrap();
        let more = if page == last {
            ""
        } else {
            "link: <https://elsewhere/>; rel=\"next\"\r\n"
        };
        let text = format!("HTTP/1.1 200 OK\r\n{more}content-length: 2\r\n\r\n[]");
        stream.write_all(text.as_bytes()).unwrap();
    }
}

/// Lists the comments of a host that has so many pages.
fn listed(last: usize) -> Result<Vec<Note>, ForgeError> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let api_url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            answer(stream.unwrap(), last);
        }
    });
    let host = Host {
        kind: Kind::GitHub,
        api_url,
        repository: "acme/app".to_owned(),
        number: 7,
        token: "t".to_owned(),
        author: None,
    };
    let pace = Pace {
        attempts: 1,
        timeout: Duration::from_secs(30),
        ..Pace::default()
    };
    Remarks::of(&host, pace).list()
}

#[test]
fn so_many_pages_are_read_and_no_more() {
    assert_eq!(listed(MOST_PAGES), Ok(Vec::new()));
    for last in [MOST_PAGES + 1, usize::MAX] {
        let refused = listed(last).unwrap_err();
        assert_eq!(
            refused.problem,
            "more than the 1000 pages of comments that are read"
        );
        assert!(
            refused.place.ends_with("/repos/acme/app/issues/7/comments"),
            "{}",
            refused.place
        );
    }
}
