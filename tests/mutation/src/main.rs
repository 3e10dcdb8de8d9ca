//! Writes mutants into sources: each change of an operator, a pattern's arm or a result stands behind a switch that an environment variable turns
//! on. So one build holds all mutants, and each is tried by running the tests again. `tests/mutation/run` does that.
//!
//!   polgen-mutation FILE...      rewrites the files in place (of a copy!) and lists the mutants: number, file, line, change

use std::fs;

use proc_macro2::Span;
use quote::{ToTokens as _, quote};
use syn::spanned::Spanned as _;
use syn::visit::Visit;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, BinOp, Block, Expr, ExprBinary, ExprMatch, ExprMethodCall, ImplItemFn, Item, ItemFn,
    Lit, Pat, ReturnType, Signature, Type, parse_quote,
};

mod results;

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
        let results = match &signature.output {
            ReturnType::Default => vec![parse_quote!(())],
            ReturnType::Type(_, kind) => results::of(kind),
        };
        for result in results.into_iter().rev() {
            let shown = result.to_token_stream().to_string();
            let change = format!("{} returns {shown}", signature.ident);
            let number = self.number(signature.ident.span(), &change);
            block.stmts.insert(
                0,
                parse_quote!(if crate::switch::on(#number) { return #result; }),
            );
        }
    }

    /// `==` becomes `!=`, `<` becomes `<=`, `&&` becomes `||`, `+ 1` becomes `- 1`. Neither side is written twice: sides hold mutants too.
    fn binary(&mut self, binary: &ExprBinary) -> Option<Expr> {
        let (left, right, op) = (&binary.left, &binary.right, &binary.op);
        let other: BinOp = match op {
            BinOp::Eq(_) => parse_quote!(!=),
            BinOp::Ne(_) => parse_quote!(==),
            BinOp::Lt(_) => parse_quote!(<=),
            BinOp::Le(_) => parse_quote!(<),
            BinOp::Gt(_) => parse_quote!(>=),
            BinOp::Ge(_) => parse_quote!(>),
            BinOp::And(_) => parse_quote!(||),
            BinOp::Or(_) => parse_quote!(&&),
            BinOp::Add(_) if is_number(left) || is_number(right) => parse_quote!(-),
            BinOp::Sub(_) if is_number(left) || is_number(right) => parse_quote!(+),
            _ => return None,
        };
        let change = format!(
            "`{}` becomes `{}`",
            op.to_token_stream(),
            other.to_token_stream()
        );
        let number = self.number(op.span(), &change);
        let on = quote!(crate::switch::on(#number));
        Some(match op {
            // The left side decides, and with the mutant its opposite does.
            BinOp::And(_) => {
                parse_quote!((match #left { mutated => if mutated != #on { #right } else { mutated } }))
            }
            BinOp::Or(_) => {
                parse_quote!((match #left { mutated => if mutated == #on { #right } else { mutated } }))
            }
            BinOp::Add(_) | BinOp::Sub(_) => {
                parse_quote!((match (#left, #right) { (left, right) => if #on { left #other right } else { left #op right } }))
            }
            _ => {
                parse_quote!((match (&(#left), &(#right)) { (left, right) => if #on { left #other right } else { left #op right } }))
            }
        })
    }

    /// `all` becomes `any`, and `is_some_and` becomes `is_none_or`: each is the opposite of the other with the opposite question.
    fn method(&mut self, call: &mut ExprMethodCall) -> Option<Expr> {
        let other = match call.method.to_string().as_str() {
            "all" => "any",
            "any" => "all",
            "is_some_and" => "is_none_or",
            "is_none_or" => "is_some_and",
            _ => return None,
        };
        if call.args.len() != 1 {
            return None;
        }
        if matches!(call.args.first()?, Expr::Closure(closure) if leaves(&closure.body)) {
            return None;
        }
        let change = format!("`{}` becomes `{other}`", call.method);
        let number = self.number(call.method.span(), &change);
        let on = quote!(crate::switch::on(#number));
        match call.args.first_mut()? {
            Expr::Closure(closure) => {
                let body = &closure.body;
                closure.body = parse_quote!({ (#body) != #on });
            }
            asked => *asked = parse_quote!(|it| (#asked)(it) != #on),
        }
        Some(parse_quote!((#call != #on)))
    }

    /// Takes arms out of a match that has a last one for whatever is left, and makes guards hold always or never.
    fn arms(&mut self, found: &mut ExprMatch) {
        let last = found.arms.len().saturating_sub(1);
        let has_rest = found
            .arms
            .last()
            .is_some_and(|arm| arm.guard.is_none() && matches!(arm.pat, Pat::Wild(_)));
        for (index, arm) in found.arms.iter_mut().enumerate() {
            let span = arm.pat.span();
            if let Some((_, guard)) = &mut arm.guard {
                let always = self.number(span, "a guard holds always");
                let never = self.number(span, "a guard holds never");
                let own = &*guard;
                **guard = parse_quote!(!crate::switch::on(#never) && (crate::switch::on(#always) || (#own)));
            } else if has_rest && index < last {
                let number = self.number(span, "an arm is left out");
                arm.guard = Some((
                    parse_quote!(if),
                    Box::new(parse_quote!(!crate::switch::on(#number))),
                ));
            }
        }
    }
}

fn is_number(expression: &Expr) -> bool {
    match expression {
        Expr::Lit(literal) => matches!(literal.lit, Lit::Int(_)),
        Expr::MethodCall(call) => call.method == "len" || call.method == "count",
        _ => false,
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
        fn visit_expr_closure(&mut self, _: &'a syn::ExprClosure) {}
        fn visit_expr_block(&mut self, _: &'a syn::ExprBlock) {}
    }
    let mut search = Search(false);
    search.visit_expr(expression);
    search.0
}

/// Says whether a closure's body may end it before its last line.
fn leaves(body: &Expr) -> bool {
    struct Search(bool);
    impl<'a> Visit<'a> for Search {
        fn visit_expr_return(&mut self, _: &'a syn::ExprReturn) {
            self.0 = true;
        }
    }
    let mut search = Search(false);
    search.visit_expr(body);
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
        if item.sig.constness.is_none() && !is_test(&item.attrs) {
            visit_mut::visit_impl_item_fn_mut(self, item);
            self.results(&item.sig, &mut item.block);
        }
    }

    fn visit_impl_item_const_mut(&mut self, _: &mut syn::ImplItemConst) {}

    fn visit_type_mut(&mut self, _: &mut Type) {}

    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        visit_mut::visit_expr_mut(self, expression);
        let changed = match expression {
            Expr::Binary(binary) if !binds(&binary.left) && !binds(&binary.right) => {
                self.binary(binary)
            }
            Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Not(_)) && !binds(&unary.expr) => {
                let number = self.number(unary.op.span(), "`!` is left out");
                let inner = &unary.expr;
                Some(
                    parse_quote!((match !(#inner) { it => if crate::switch::on(#number) { !it } else { it } })),
                )
            }
            Expr::MethodCall(call) => self.method(call),
            Expr::Match(found) => {
                self.arms(found);
                None
            }
            _ => None,
        };
        if let Some(changed) = changed {
            *expression = changed;
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
