//! Any text is a file of Terraform's language or is refused; what is put into it can be read back from it.

use polgen::posture;
use polgen::template::{Known, read};

pub(crate) fn check(bytes: &[u8]) {
    let Some(text) = super::text(bytes) else {
        return;
    };
    let file = "main.tf";
    let known = Known::default();
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
