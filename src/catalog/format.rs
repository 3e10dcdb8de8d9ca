//! ARN formats such as `arn:${Partition}:s3:::${BucketName}/${ObjectName}`: recognizing an ARN, and making one.

use std::sync::OnceLock;

use memchr::{memchr, memchr_iter, memrchr};

use super::{ResourceType, Service};
use crate::arn::Arn;

/// A piece of a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    Text(&'a str),
    Hole(&'a str),
}

/// The placeholders that the call itself fills.
pub(crate) const PLACE_HOLES: [&str; 3] = ["Partition", "Region", "Account"];

/// Splits a format into its pieces.
pub(crate) fn pieces(format: &str) -> Vec<Piece<'_>> {
    each_piece(format).collect()
}

/// The pieces one after the other: formats are laid over ARNs so often that a list of them would cost most of it.
pub(super) fn each_piece(format: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = format;
    std::iter::from_fn(move || {
        let is_open = rest.starts_with("${");
        if is_open && let Some(end) = memchr(b'}', rest.as_bytes()) {
            let hole = rest.get(2..end)?;
            rest = rest.get(end + 1..)?;
            return Some(Piece::Hole(hole));
        }
        let end = if is_open { None } else { next_hole(rest) };
        let closes = |at: &usize| memrchr(b'}', rest.as_bytes()).is_some_and(|end| end > *at);
        let end = end.filter(closes).unwrap_or(rest.len());
        let (text, tail) = rest.split_at_checked(end)?;
        rest = tail;
        (!text.is_empty()).then_some(Piece::Text(text))
    })
}

/// Where the next placeholder begins.
fn next_hole(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    memchr_iter(b'$', bytes).find(|at| bytes.get(at + 1) == Some(&b'{'))
}

/// Where a piece of fixed text stands; most are a single separator.
pub(super) fn find_text(text: &str, piece: &str) -> Option<usize> {
    match piece.as_bytes() {
        [byte] => memchr(*byte, text.as_bytes()),
        _ => text.find(piece),
    }
}

/// The formats of a resource type, taken apart on first use: they are laid over ARNs far more often than they are read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Formats(OnceLock<Vec<Format>>);

/// They say nothing that the type's formats do not.
impl PartialEq for Formats {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Formats {}

/// A format in pieces.
#[derive(Clone, Debug)]
pub(crate) struct Format {
    parts: Vec<Part>,
    /// How much fixed text there is.
    pub(super) fixed_length: usize,
    /// The fields of an ARN; nothing if it has none.
    fields: Option<(Places, Vec<Part>)>,
}

/// Partition, service, region and account; `None` stands for anything.
type Places = [Option<Box<str>>; 4];

/// A piece with its own text.
#[derive(Clone, Debug)]
enum Part {
    Text(Box<str>),
    Hole(Box<str>),
}

impl Part {
    fn all(format: &str) -> Vec<Self> {
        let part = |piece| match piece {
            Piece::Text(text) => Self::Text(text.into()),
            Piece::Hole(hole) => Self::Hole(hole.into()),
        };
        each_piece(format).map(part).collect()
    }

    fn piece(&self) -> Piece<'_> {
        match self {
            Self::Text(text) => Piece::Text(text),
            Self::Hole(hole) => Piece::Hole(hole),
        }
    }
}

impl Format {
    fn new(format: &str) -> Self {
        let mut fields = format.splitn(6, ':').skip(1);
        let mut place = || {
            let part = fields.next()?;
            let is_any = part.starts_with("${") || part == "*";
            Some((!is_any).then(|| part.into()))
        };
        let places = [place(), place(), place(), place()];
        let resource = fields.next();
        let fields = match (places, resource) {
            ([Some(partition), Some(service), Some(region), Some(account)], Some(resource)) => {
                Some(([partition, service, region, account], Part::all(resource)))
            }
            _ => None,
        };
        Self {
            parts: Part::all(format),
            fixed_length: literal_length(format),
            fields,
        }
    }

    pub(super) fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        self.parts.iter().map(Part::piece)
    }

    /// Says whether an ARN has this form.
    fn fits(&self, arn: &Arn<'_>) -> bool {
        let Some((places, resource)) = &self.fields else {
            return false;
        };
        // Of a service's many formats most begin otherwise.
        if let Some(Part::Text(text)) = resource.first()
            && !arn.resource.starts_with(&**text)
        {
            return false;
        }
        let own = [arn.partition, arn.service, arn.region, arn.account];
        let mut pairs = places.iter().zip(own);
        pairs.all(|(place, own)| place.as_deref().is_none_or(|place| place == own))
            && fits_resource(arn.resource, resource.iter().map(Part::piece))
    }
}

/// The placeholders of a format that name the resource, without those of its place.
pub(crate) fn holes(format: &str) -> impl Iterator<Item = &str> {
    each_piece(format).filter_map(|piece| match piece {
        Piece::Hole(hole) if !PLACE_HOLES.contains(&hole) => Some(hole),
        _ => None,
    })
}

/// Says whether an ARN has the form of this resource type, and of no other type of the service more closely.
///
/// `arn:aws:s3:::bucket/key` has the form of a bucket as well, but that of an object has a slash more: it is an object.
pub(crate) fn is_of_type(arn: &str, kind: &ResourceType, service: &Service) -> bool {
    let Some(parsed) = Arn::parse(arn) else {
        return false;
    };
    closeness(&parsed, kind).is_some_and(|own| {
        let mut others = service.resource_types.values();
        !others.any(|other| closeness(&parsed, other).is_some_and(|other| other > own))
    })
}

impl Service {
    /// The resource types that an ARN has the form of, the closest only: several where formats really overlap.
    pub fn resource_types_of(&self, arn: &str) -> Vec<&str> {
        let Some(parsed) = Arn::parse(arn) else {
            return Vec::new();
        };
        let fitting = |(name, kind)| closeness(&parsed, kind).map(|closeness| (closeness, name));
        let found: Vec<(usize, &String)> = self.resource_types.iter().filter_map(fitting).collect();
        let most = found.iter().map(|(closeness, _)| *closeness).max();
        let closest = found
            .iter()
            .filter(|(closeness, _)| Some(*closeness) == most);
        closest.map(|(_, name)| name.as_str()).collect()
    }
}

impl ResourceType {
    /// The formats, as they are written and in pieces.
    pub(super) fn formats(&self) -> impl Iterator<Item = (&str, &Format)> {
        let all = self.formats.0.get_or_init(|| {
            let formats = self.arns.iter();
            formats.map(|format| Format::new(format)).collect()
        });
        self.arns.iter().map(String::as_str).zip(all)
    }

    /// An ARN of each format: what a resource of this type is named like, in the places that AWS's documentation uses.
    pub fn examples(&self) -> impl Iterator<Item = String> {
        self.arns.iter().map(|format| {
            let piece = |piece| match piece {
                Piece::Text(text) => text,
                Piece::Hole("Partition") => "aws",
                Piece::Hole("Region") => "us-east-1",
                Piece::Hole("Account") => "111122223333",
                Piece::Hole(_) => "example",
            };
            pieces(format).into_iter().map(piece).collect()
        })
    }
}

/// How much fixed text an ARN shares with the closest format of a type; `None` if it has the form of none.
fn closeness(arn: &Arn<'_>, kind: &ResourceType) -> Option<usize> {
    let fitting = kind.formats().filter(|(_, format)| format.fits(arn));
    fitting.map(|(_, format)| format.fixed_length).max()
}

/// A placeholder ends where the text that follows it begins; the last one takes all the rest.
fn fits_resource<'p>(resource: &str, pieces: impl Iterator<Item = Piece<'p>>) -> bool {
    let mut rest = resource;
    let mut is_open = false;
    let mut pieces = pieces.peekable();
    while let Some(piece) = pieces.next() {
        let tail = match piece {
            Piece::Hole(_) => {
                is_open = true;
                continue;
            }
            Piece::Text(text) if !is_open => rest.strip_prefix(text),
            Piece::Text(text) if pieces.peek().is_none() => {
                let head = rest.strip_suffix(text).filter(|head| !head.is_empty());
                head.map(|_| "")
            }
            Piece::Text(text) => find_text(rest, text)
                .filter(|head| *head > 0)
                .and_then(|head| rest.get(head + text.len()..)),
        };
        let Some(tail) = tail else {
            return false;
        };
        rest = tail;
        is_open = false;
    }
    is_open != rest.is_empty()
}

fn literal_length(format: &str) -> usize {
    let texts = each_piece(format).map(|piece| match piece {
        Piece::Text(text) => text.len(),
        Piece::Hole(_) => 0,
    });
    texts.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(arn: &str) -> ResourceType {
        serde_json::from_value(serde_json::json!({ "arns": [arn] })).unwrap()
    }

    #[test]
    fn formats_fall_into_pieces() {
        let wanted = [Piece::Text("a:"), Piece::Hole("B"), Piece::Text("/c")];
        assert_eq!(pieces("a:${B}/c"), wanted);
        assert_eq!(pieces("${B"), [Piece::Text("${B")]);
    }

    #[test]
    fn resources_fit_formats() {
        let cases = [
            ("role/a/b", "role/${Role}", true),
            ("role/", "role/${Role}", false),
            ("roles/a", "role/${Role}", false),
            ("table/t/index/i", "table/${T}/index/${I}", true),
            ("table//index/i", "table/${T}/index/${I}", false),
            ("table/t", "table/${T}/index/${I}", false),
            (
                "log-group:/a/b:log-stream:x:y",
                "log-group:${G}:log-stream:${S}",
                true,
            ),
            ("access-grants/default", "access-grants/default", true),
            ("access-grants/default/x", "access-grants/default", false),
            ("job/7/state/state", "job/${J}/state", true),
            ("orders", "${QueueName}", true),
        ];
        for (resource, format, wanted) in cases {
            assert_eq!(
                fits_resource(resource, each_piece(format)),
                wanted,
                "{resource} {format}"
            );
        }
    }

    #[test]
    fn the_closest_type_wins() {
        let service: Service = serde_json::from_value(serde_json::json!({
            "prefix": "s3", "name": "S3", "actions": {},
            "resource_types": {
                "bucket": { "arns": ["arn:${Partition}:s3:::${BucketName}"] },
                "object": { "arns": ["arn:${Partition}:s3:::${BucketName}/${ObjectName}"] },
            },
        }))
        .unwrap();
        let bucket = kind("arn:${Partition}:s3:::${BucketName}");
        let object = kind("arn:${Partition}:s3:::${BucketName}/${ObjectName}");
        assert!(is_of_type("arn:aws:s3:::b", &bucket, &service));
        assert!(!is_of_type("arn:aws:s3:::b/k", &bucket, &service));
        assert!(is_of_type("arn:aws-cn:s3:::b/k/l", &object, &service));
        assert!(!is_of_type("arn:aws:s3:eu-west-1::b/k", &object, &service));
        assert!(!is_of_type("b/k", &object, &service));
    }
}
