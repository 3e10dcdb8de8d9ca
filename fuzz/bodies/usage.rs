//! Any bytes are a usage file or are refused as a whole; what was read is written and read again alike.

use polgen::source::usage_file::{read_from, write};

pub(crate) fn check(bytes: &[u8]) {
    let Ok(daily) = read_from("some.usage", bytes) else {
        return;
    };
    let mut written = Vec::new();
    write(&daily, &mut written).unwrap();
    let again = read_from("again.usage", written.as_slice()).expect("what was written is read");
    let mut second = Vec::new();
    write(&again, &mut second).unwrap();
    assert_eq!(written, second);
}
