//! Writes mutants into sources: each change of an operator or a result stands behind a switch that an environment variable turns on. So one
//! build holds all mutants, and each is tried by running the tests again. `tests/mutation/run` does that.
//!
//!   polgen-mutation FILE...      rewrites the files in place (of a copy!) and lists the mutants: number, file, line, change

use std::fs;

use proc_macro2::Span;
use quote::{ToTokens as _, quote};
use syn::spanned::Spanned as _;
use syn::visit::Visit;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, BinOp, Block, Expr, ImplItemFn, Item, ItemFn, ReturnType, Signature, Type,
    parse_quote,
};

struct Mutator {
    file: String,
    next: u32,
}

impl Mutator {
    fn number(&mut self, span: Span, change: &str) -> u32 {
        self.next += 1;
        println!(
            "{}\t{}\t{}\t{change}",
            self.next,
            self.file,
            span.start().line
        );
        self.next
    }

    /// Puts results of the function's type before its body.
    fn results(&mut self, signature: &Signature, block: &mut Block) {
        if signature.constness.is_some() || block.stmts.is_empty() {
            return;
        }
        let results: Vec<Expr> = match &signature.output {
            ReturnType::Default => Vec::new(),
            ReturnType::Type(_, kind) => match &**kind {
                Type::Path(path) => {
                    match path.path.segments.last().map(|last| last.ident.to_string()) {
                        Some(name) if name == "bool" => {
                            vec![parse_quote!(true), parse_quote!(false)]
                        }
                        Some(name) if name == "Option" => vec![parse_quote!(None)],
                        Some(name) if name == "String" => vec![parse_quote!(String::new())],
                        Some(name) if name == "Vec" => vec![parse_quote!(Vec::new())],
                        _ => Vec::new(),
                    }
                }
                _ => Vec::new(),
            },
        };
        for result in results.into_iter().rev() {
            let shown = result.to_token_stream().to_string();
            let number = self.number(
                signature.ident.span(),
                &format!("{} returns {shown}", signature.ident),
            );
            block.stmts.insert(
                0,
                parse_quote!(if crate::switch::on(#number) { return #result; }),
            );
        }
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|one| {
        let text = one.to_token_stream().to_string();
        text.contains("test") && (text.contains("cfg") || text == "# [test]")
    })
}

/// Says whether an expression binds names, which the rest of its chain needs.
fn binds(expression: &Expr) -> bool {
    struct Search(bool);
    impl<'a> Visit<'a> for Search {
        fn visit_expr_let(&mut self, _: &'a syn::ExprLet) {
            self.0 = true;
        }
    }
    let mut search = Search(false);
    search.visit_expr(expression);
    search.0
}

impl VisitMut for Mutator {
    fn visit_item_mut(&mut self, item: &mut Item) {
        match item {
            Item::Mod(module) if is_test(&module.attrs) => {}
            Item::Const(_) | Item::Static(_) | Item::Macro(_) => {}
            _ => visit_mut::visit_item_mut(self, item),
        }
    }

    fn visit_item_fn_mut(&mut self, item: &mut ItemFn) {
        if item.sig.constness.is_none() && !is_test(&item.attrs) {
            visit_mut::visit_item_fn_mut(self, item);
            self.results(&item.sig, &mut item.block);
        }
    }

    fn visit_impl_item_fn_mut(&mut self, item: &mut ImplItemFn) {
        if item.sig.constness.is_none() {
            visit_mut::visit_impl_item_fn_mut(self, item);
            self.results(&item.sig, &mut item.block);
        }
    }

    fn visit_impl_item_const_mut(&mut self, _: &mut syn::ImplItemConst) {}

    fn visit_type_mut(&mut self, _: &mut Type) {}

    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        visit_mut::visit_expr_mut(self, expression);
        match expression {
            Expr::Binary(binary) if !binds(&binary.left) && !binds(&binary.right) => {
                let other: BinOp = match binary.op {
                    BinOp::Eq(_) => parse_quote!(!=),
                    BinOp::Ne(_) => parse_quote!(==),
                    BinOp::Lt(_) => parse_quote!(<=),
                    BinOp::Le(_) => parse_quote!(<),
                    BinOp::Gt(_) => parse_quote!(>=),
                    BinOp::Ge(_) => parse_quote!(>),
                    BinOp::And(_) => parse_quote!(||),
                    BinOp::Or(_) => parse_quote!(&&),
                    _ => return,
                };
                let change = format!(
                    "`{}` becomes `{}`",
                    binary.op.to_token_stream(),
                    other.to_token_stream()
                );
                let number = self.number(binary.op.span(), &change);
                let (left, right, op) = (&binary.left, &binary.right, &binary.op);
                *expression = parse_quote!((if crate::switch::on(#number) { (#left) #other (#right) } else { (#left) #op (#right) }));
            }
            Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Not(_)) && !binds(&unary.expr) => {
                let number = self.number(unary.op.span(), "`!` is left out");
                let inner = &unary.expr;
                *expression =
                    parse_quote!((if crate::switch::on(#number) { !(!(#inner)) } else { !(#inner) }));
            }
            _ => {}
        }
    }
}

fn main() {
    let mut mutator = Mutator {
        file: String::new(),
        next: 0,
    };
    for path in std::env::args().skip(1) {
        let text = fs::read_to_string(&path).expect("a readable file");
        let mut tree = syn::parse_file(&text).expect("a source of Rust");
        mutator.file.clone_from(&path);
        mutator.visit_file_mut(&mut tree);
        fs::write(&path, quote!(#tree).to_string()).expect("a writable file");
    }
}
