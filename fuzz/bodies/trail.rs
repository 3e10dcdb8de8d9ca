//! Any bytes are a trail, in one piece or in two; every record is accounted for, and mapping takes whatever was read.

use polgen::catalog::Catalog;
use polgen::mapping::{Scope, map};
use polgen::time::Window;
use polgen::trail::envelope::End;
use polgen::trail::{Event, Found, Reader, Tally};

pub(crate) fn check(bytes: &[u8]) {
    let (tally, events) = read(bytes, bytes.len());
    assert_eq!(tally.events, events.len() as u64);
    assert_eq!(
        tally.records,
        tally.events + tally.passed_over + tally.outside_window + tally.unreadable
    );
    let (in_pieces, _) = read(bytes, bytes.len() / 2);
    assert_eq!(tally, in_pieces);
    for event in &events {
        let mapped = map(event, Catalog::bundled());
        for access in &mapped.accesses {
            assert!(
                Catalog::bundled().action(&access.action).is_some(),
                "{access:?}"
            );
            assert!(
                access.scope != Scope::Any || access.resource == "*",
                "{access:?}"
            );
        }
    }
}

fn read(bytes: &[u8], first: usize) -> (Tally, Vec<Event>) {
    let mut reader = Reader::new(Window::default(), None);
    let mut events = Vec::new();
    let mut receive = |found| {
        if let Found::Event(event) = found {
            events.push(*event);
        }
    };
    let done = if first < bytes.len() {
        reader.advance(&bytes[..first], End::No, &mut receive)
    } else {
        0
    };
    reader.advance(&bytes[done..], End::Yes, &mut receive);
    (reader.finish(), events)
}
