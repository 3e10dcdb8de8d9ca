//! Any bytes are a trail, in one piece or in two; every record is accounted for, and mapping takes whatever was read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use polgen::catalog::Catalog;
use polgen::mapping::map;
use polgen::time::Window;
use polgen::trail::envelope::End;
use polgen::trail::{Found, Reader};

fuzz_target!(|bytes: &[u8]| {
    let mut reader = Reader::new(Window::default(), None);
    let mut events = 0;
    reader.advance(bytes, End::Yes, &mut |found| {
        if let Found::Event(event) = found {
            events += 1;
            map(&event, Catalog::bundled());
        }
    });
    let tally = reader.finish();
    assert_eq!(tally.events, events);
    assert_eq!(tally.records, tally.events + tally.passed_over + tally.outside_window + tally.unreadable);
});
