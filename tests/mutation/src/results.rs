//! What a function may return instead of its own result, by the type that it names.

use syn::{Expr, GenericArgument, PathArguments, Type, parse_quote};

/// Results of a type; none for types of which no value is known.
pub(super) fn of(kind: &Type) -> Vec<Expr> {
    match kind {
        Type::Reference(reference) if named(&reference.elem).as_deref() == Some("str") => {
            vec![parse_quote!("")]
        }
        Type::Path(path) => match path.path.segments.last() {
            Some(last) => of_path(&last.ident.to_string(), &last.arguments),
            None => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn of_path(name: &str, arguments: &PathArguments) -> Vec<Expr> {
    match name {
        "bool" => vec![parse_quote!(true), parse_quote!(false)],
        "u8" | "u16" | "u32" | "u64" | "u128" | "usize" | "i32" | "i64" => {
            vec![parse_quote!(0), parse_quote!(1)]
        }
        "String" => vec![parse_quote!(String::new())],
        "Vec" => vec![parse_quote!(Vec::new())],
        "BTreeMap" | "BTreeSet" | "IndexMap" | "IndexSet" => vec![parse_quote!(Default::default())],
        "Cow" if first(arguments).and_then(named).as_deref() == Some("str") => {
            vec![parse_quote!(std::borrow::Cow::Borrowed(""))]
        }
        "Ordering" => vec![parse_quote!(std::cmp::Ordering::Equal)],
        "Option" => {
            let inner = first(arguments).map(of).unwrap_or_default();
            let some = inner.iter().map(|one| parse_quote!(Some(#one)));
            [parse_quote!(None)].into_iter().chain(some).collect()
        }
        "Result" => {
            let inner = match first(arguments) {
                Some(Type::Tuple(tuple)) if tuple.elems.is_empty() => vec![parse_quote!(())],
                Some(kind) => of(kind),
                None => Vec::new(),
            };
            inner.iter().map(|one| parse_quote!(Ok(#one))).collect()
        }
        _ => Vec::new(),
    }
}

fn named(kind: &Type) -> Option<String> {
    match kind {
        Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
        _ => None,
    }
}

fn first(arguments: &PathArguments) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = arguments else {
        return None;
    };
    arguments.args.iter().find_map(|one| match one {
        GenericArgument::Type(kind) => Some(kind),
        _ => None,
    })
}
