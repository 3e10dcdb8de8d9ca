//! Any text is a policy or is refused; what is read is printed and read again alike, measured, decided, proved and linted.

use polgen::catalog::Catalog;
use polgen::policy::document::size_of_text;
use polgen::policy::lint::lint;
use polgen::policy::prove::{Containment, Options, contained};
use polgen::policy::{CompiledPolicy, Context, Document, PolicyKind, PolicySet, Request};

pub(crate) fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    for kind in [
        PolicyKind::Identity,
        PolicyKind::Resource,
        PolicyKind::Trust,
    ] {
        let Ok(document) = Document::parse(text, kind) else {
            continue;
        };
        let printed = document.to_string();
        assert_eq!(Document::parse(&printed, kind).as_ref(), Ok(&document));
        assert_eq!(size_of_text(&printed), document.size());
        let set = PolicySet::of_identity([&document]);
        set.decide(&Request::new(
            "s3:GetObject",
            "arn:aws:s3:::bucket/key",
            Context::default(),
        ));
        let own = [CompiledPolicy::new(&document)];
        let options = Options {
            most_steps: 20_000,
            ..Options::default()
        };
        assert!(!matches!(
            contained(&own, &own, &options),
            Containment::NotContained(_)
        ));
        lint(&document, kind, Catalog::bundled());
    }
}
