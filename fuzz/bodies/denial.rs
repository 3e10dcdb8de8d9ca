//! Any text is the message of a denied call or is none; what is read of it stands in it.

use polgen::usage::Denial;

pub(crate) fn check(bytes: &[u8]) {
    let Some(text) = super::text(bytes) else {
        return;
    };
    let Some(denial) = Denial::read(text) else {
        return;
    };
    assert!(text.contains(&denial.action));
    assert!(denial.action.split(':').count() == 2, "{}", denial.action);
    if let Some(resource) = &denial.resource {
        assert!(text.contains(resource.as_str()), "{resource}");
    }
}
