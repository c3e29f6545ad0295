//! Macros that are defined in the body, by `macro_rules!`: a `yield` in what they expand to is the body's, as with async-stream.
//!
//! Where they will be called is not known, nor what `$name` stands for. So a `yield` takes in all up to the next `;` or `,`, and
//! becomes a future: see [`Body::yield_`](crate::body::Body) on those in the arguments of macros.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};

use crate::body::Body;
use crate::syntax::{is_ident, is_punct};

impl Body<'_> {
    /// The rules of a macro: a `yield` in what they expand to, behind their `=>`, is rewritten.
    pub(crate) fn rules(&mut self, rules: TokenStream) -> TokenStream {
        let rules: Vec<_> = rules.into_iter().collect();
        let mut out = TokenStream::new();
        for (at, token) in rules.iter().enumerate() {
            let expands_to = at >= 2 && is_punct(rules.get(at - 2), '=') && is_punct(rules.get(at - 1), '>');
            match token {
                TokenTree::Group(group) if expands_to => self.group_with_yields(group).to_tokens(&mut out),
                token => token.to_tokens(&mut out),
            }
        }
        out
    }

    fn group_with_yields(&mut self, group: &Group) -> Group {
        let mut new = Group::new(group.delimiter(), self.with_yields(group.stream()));
        new.set_span(group.span());
        new
    }

    fn with_yields(&mut self, tokens: TokenStream) -> TokenStream {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let mut out = TokenStream::new();
        let mut rest = &tokens[..];
        while let [token, after @ ..] = rest {
            rest = after;
            match token {
                keyword if is_ident(Some(keyword), "yield") => {
                    let length = after
                        .iter()
                        .position(|token| is_punct(Some(token), ';') || is_punct(Some(token), ','))
                        .unwrap_or(after.len());
                    let (value, after) = after.split_at(length);
                    rest = after;
                    let value = self.with_yields(value.iter().cloned().collect());
                    self.yield_of_a_macro(&value, keyword.span()).to_tokens(&mut out);
                }
                TokenTree::Group(group) => self.group_with_yields(group).to_tokens(&mut out),
                token => token.to_tokens(&mut out),
            }
        }
        out
    }

    fn yield_of_a_macro(&mut self, value: &TokenStream, span: proc_macro2::Span) -> TokenStream {
        self.yields = true;
        self.changes += 1;
        self.shows_yielder = true;
        self.has_yielding_macros = true;
        let span = self.own(span);
        let (private, yielder) = (self.private(span), Self::yielder(span));
        let value = if value.is_empty() { quote_spanned!(span=> ()) } else { value.clone() };
        quote_spanned!(span=> (#private::yield_(&mut #yielder, #value)).await)
    }
}
