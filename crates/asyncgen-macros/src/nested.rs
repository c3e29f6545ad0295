//! Keywords where they can't work: in what is not the generator's own body, though it is written inside it.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Expr, ExprBreak, ExprForLoop, Item, Macro};

use crate::arguments::makes_a_generator;
use crate::syntax;

/// What a keyword was found in.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    Closure,
    AsyncBlock,
    Item,
}

impl Place {
    fn message(self, keyword: &str) -> String {
        let (place, instead) = match self {
            Self::Closure => (
                "a closure",
                "write its code in the generator's body itself (a `for` loop can often take the closure's place), or let \
                 the closure return the value",
            ),
            Self::AsyncBlock => (
                "an `async` block",
                "write its code in the generator's body itself, or make it a generator of its own with `async_gen!`, and \
                 delegate to it with `yield from`",
            ),
            Self::Item => (
                "an item",
                "let the function return a generator of its own, made with `async_gen!`, and delegate to it with \
                 `yield from`",
            ),
        };
        format!("`{keyword}` in {place}, which is not part of the generator's body: {instead}")
    }
}

struct Refuse<'e> {
    place: Place,
    errors: &'e mut Vec<syn::Error>,
}

pub(crate) fn refuse_expr(place: Place, expr: &Expr, errors: &mut Vec<syn::Error>) {
    // What is around the expression says where it is; what is inside says it better.
    visit::visit_expr(&mut Refuse { place, errors }, expr);
}

pub(crate) fn refuse_item(item: &Item, errors: &mut Vec<syn::Error>) {
    if !matches!(item, Item::Macro(_)) {
        visit::visit_item(&mut Refuse { place: Place::Item, errors }, item);
    }
}

/// The first `yield` in tokens that were not parsed.
pub(crate) fn find_yield(tokens: TokenStream) -> Option<Span> {
    let tokens: Vec<_> = tokens.into_iter().collect();
    let mut found = None;
    let mut at = 0;
    while let (Some(token), None) = (tokens.get(at), found) {
        match token {
            TokenTree::Ident(name)
                if makes_a_generator(name)
                    && matches!(tokens.get(at + 1), Some(TokenTree::Punct(bang)) if bang.as_char() == '!') =>
            {
                at += 2;
            }
            TokenTree::Ident(keyword) if keyword == "yield" => found = Some(keyword.span()),
            TokenTree::Group(group) => found = find_yield(group.stream()),
            _ => {}
        }
        at += 1;
    }
    found
}

impl Refuse<'_> {
    fn refuse(&mut self, keyword: &str, span: Span) {
        self.errors.push(syn::Error::new(span, self.place.message(keyword)));
    }
}

impl<'a> Visit<'a> for Refuse<'_> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        let around = self.place;
        match expr {
            Expr::Closure(_) => self.place = Place::Closure,
            Expr::Async(_) => self.place = Place::AsyncBlock,
            _ => {}
        }
        visit::visit_expr(self, expr);
        self.place = around;
    }

    fn visit_expr_break(&mut self, keyword: &'a ExprBreak) {
        if syntax::is_yield(keyword.label.as_ref()) {
            self.refuse("yield", keyword.break_token.span);
        } else if syntax::is_yield_from(keyword.label.as_ref()) {
            self.refuse("yield from", keyword.break_token.span);
        }
        visit::visit_expr_break(self, keyword);
    }

    fn visit_expr_for_loop(&mut self, around: &'a ExprForLoop) {
        if syntax::for_await_pattern(&around.pat).is_some() {
            self.refuse("for await", around.for_token.span);
        }
        visit::visit_expr_for_loop(self, around);
    }

    fn visit_macro(&mut self, mac: &'a Macro) {
        let Some(name) = mac.path.segments.last().map(|segment| &segment.ident) else { return };
        if makes_a_generator(name) {
            return;
        }
        if syntax::is_try(mac) {
            self.refuse("try", name.span());
        } else if mac.path.is_ident("raise") {
            self.refuse("raise!", name.span());
        } else if let Some(span) = find_yield(mac.tokens.clone()) {
            self.refuse("yield", span);
        }
    }
}
