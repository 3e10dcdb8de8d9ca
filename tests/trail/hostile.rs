//! Whatever the bytes are, reading ends, without a crash, and accounts for every record.

use polgen::time::Window;
use polgen::trail::envelope::End;
use polgen::trail::{Found, Reader};
use proptest::prelude::*;

use super::{ROLE, record, trail};

/// Reads bytes in pieces of a size and counts events and gaps.
fn read_in_pieces(bytes: &[u8], piece: usize, naming: Option<&str>) -> (Vec<String>, u64) {
    let mut reader = Reader::new(Window::default(), naming);
    let mut events = Vec::new();
    let mut gaps = 0;
    let mut receive = |found| match found {
        Found::Event(event) => events.push(event.request["key"].to_string()),
        Found::Gap(_) => gaps += 1,
        Found::Input(_) => {}
    };
    let mut buffer = Vec::new();
    for chunk in bytes.chunks(piece) {
        buffer.extend_from_slice(chunk);
        let done = reader.advance(&buffer, End::No, &mut receive);
        assert!(done <= buffer.len());
        buffer.drain(..done);
    }
    reader.advance(&buffer, End::Yes, &mut receive);
    let tally = reader.finish();
    assert_eq!(tally.gaps, gaps);
    assert_eq!(tally.events, events.len() as u64);
    assert_eq!(
        tally.records,
        tally.events + tally.passed_over + tally.outside_window + tally.unreadable
    );
    (events, gaps)
}

fn sound() -> Vec<u8> {
    let records: Vec<_> = (0..6)
        .map(|index| {
            record(
                if index % 2 == 0 { ROLE } else { "web-api" },
                &format!("k{index}"),
            )
        })
        .collect();
    trail(&records)
}

proptest! {
    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..500), piece in 1_usize..200) {
        read_in_pieces(&bytes, piece, None);
    }

    #[test]
    fn a_damaged_trail(
        changes in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(br#"{}[]",:\ax0"#.to_vec())), 1..8),
        cut in any::<prop::sample::Index>(),
        piece in 1_usize..3000,
    ) {
        let mut bytes = sound();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        bytes.truncate(cut.index(bytes.len()) + 1);
        let whole = read_in_pieces(&bytes, usize::MAX, None);
        prop_assert_eq!(read_in_pieces(&bytes, piece, None), whole);
        read_in_pieces(&bytes, piece, Some(ROLE));
    }
}

#[test]
fn pieces_of_any_size_give_the_same() {
    let bytes = sound();
    let expected = read_in_pieces(&bytes, usize::MAX, None);
    assert_eq!((expected.0.len(), expected.1), (6, 0));
    for piece in (1..100).chain([777, 1999]) {
        assert_eq!(
            read_in_pieces(&bytes, piece, None),
            expected,
            "pieces of {piece}"
        );
    }
}
