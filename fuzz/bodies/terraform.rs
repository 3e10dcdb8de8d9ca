//! Any text is a file of Terraform's language or is refused; what is put into it can be read back from it. A short text is read over and
//! over, too, each time inside of what it opened before: whatever takes twice as long each time then takes longer than the fuzzer waits.

use polgen::posture;
use polgen::template::{Known, read};

/// So long a text is repeated,
const LONGEST_UNIT: usize = 48;
/// so often.
const TIMES: usize = 26;

pub(crate) fn check(bytes: &[u8]) {
    let Some(text) = super::text(bytes) else {
        return;
    };
    let file = "main.tf";
    let known = Known::default();
    if text.len() <= LONGEST_UNIT {
        let grown = format!("a = {}", text.repeat(TIMES));
        drop(read(file, &grown, &known));
    }
    drop(posture::read_module(
        &[(file.to_owned(), text.to_owned())],
        &known,
    ));
    let Ok(Some(template)) = read(file, text, &known) else {
        return;
    };
    for subject in template.subjects.iter().take(4) {
        super::infrastructure::put(file, text, &subject.id);
    }
}
