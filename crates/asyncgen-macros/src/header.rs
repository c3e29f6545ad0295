//! The header: `type Yield = ..; type Sent = ..; type Error = ..; type Return = ..;`, each optional, in any order, at the top level of the body.
//!
//! What it names is an alias in the body, too, as it is to async-stream: there an alias at the head is nothing else.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{ParseStream, Parser};
use syn::{Ident, Token, Type};

use crate::expand::Kind;
use crate::syntax::{is_ident, is_punct};

/// The types that the user has named.
#[derive(Default)]
pub(crate) struct Header {
    yields: Option<Named>,
    sent: Option<Named>,
    error: Option<Named>,
    returns: Option<Named>,
}

struct Named {
    name: Ident,
    named: Type,
}

impl Header {
    /// Takes the header out of the body, at whose top level it may stand anywhere.
    pub(crate) fn take(kind: Kind, tokens: TokenStream) -> syn::Result<(Self, TokenStream)> {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let mut header = Self::default();
        let mut body = TokenStream::new();
        let mut rest = &tokens[..];
        let mut begins_statement = true;
        while let [token, ..] = rest {
            if begins_statement && is_ident(Some(token), "type") {
                let length = rest.iter().position(|token| is_punct(Some(token), ';')).map_or(rest.len(), |end| end + 1);
                let (alias, after) = rest.split_at(length);
                if header.alias(kind, alias)? {
                    rest = after;
                    continue;
                }
            }
            begins_statement = match token {
                TokenTree::Punct(punct) => punct.as_char() == ';',
                TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
                _ => false,
            };
            body.extend([token.clone()]);
            rest = &rest[1..];
        }
        Ok((header, body))
    }

    /// Takes an alias, if it is of the header. Another is an item of the body.
    fn alias(&mut self, kind: Kind, alias: &[TokenTree]) -> syn::Result<bool> {
        let [_, TokenTree::Ident(name), equals, ..] = alias else { return Ok(false) };
        let Some(slot) = self.slot(kind, name).filter(|_| is_punct(Some(equals), '=')) else { return Ok(false) };
        if slot.is_some() {
            return Err(syn::Error::new(name.span(), format!("`{name}` is named twice")));
        }
        let parse = |input: ParseStream| {
            let _: Token![type] = input.parse()?;
            let name: Ident = input.parse()?;
            let _: Token![=] = input.parse()?;
            let named = input.parse()?;
            let _: Token![;] = input.parse()?;
            Ok(Named { name, named })
        };
        *slot = Some(parse.parse2(alias.iter().cloned().collect())?);
        Ok(true)
    }

    fn slot(&mut self, kind: Kind, name: &Ident) -> Option<&mut Option<Named>> {
        match &*name.to_string() {
            // Nothing is yielded by a block.
            "Yield" if kind != Kind::Block => Some(&mut self.yields),
            // Nothing is sent to a stream.
            "Sent" if kind == Kind::Generator => Some(&mut self.sent),
            "Error" => Some(&mut self.error),
            // A stream ends with nothing.
            "Return" if !kind.is_stream() => Some(&mut self.returns),
            _ => None,
        }
    }

    pub(crate) fn yields(&self) -> TokenStream {
        or_inferred(self.yields.as_ref())
    }

    pub(crate) fn sent(&self) -> TokenStream {
        or_inferred(self.sent.as_ref())
    }

    pub(crate) fn error(&self) -> TokenStream {
        or_inferred(self.error.as_ref())
    }

    /// The type of the value at the end, if it is more than nothing.
    pub(crate) fn returns(&self, kind: Kind) -> Option<TokenStream> {
        if kind == Kind::Block {
            return Some(or_inferred(self.returns.as_ref()));
        }
        let Named { named, .. } = self.returns.as_ref()?;
        (!matches!(named, Type::Tuple(tuple) if tuple.elems.is_empty())).then(|| quote!(#named))
    }

    pub(crate) fn names_error(&self) -> bool {
        self.error.is_some()
    }

    /// The aliases that the body uses. (The others are not there, as an item may not name what is generic outside of it, and
    /// the header may. Nor is one of a type of the same name, as it would name itself.)
    pub(crate) fn aliases(&self, body: &TokenStream) -> TokenStream {
        [&self.yields, &self.sent, &self.error, &self.returns]
            .into_iter()
            .flatten()
            .filter(|Named { name, named }| mentions(body, name) && !mentions(&named.to_token_stream(), name))
            .map(|Named { name, named }| quote!(#[allow(dead_code)] type #name = #named;))
            .collect()
    }
}

fn or_inferred(named: Option<&Named>) -> TokenStream {
    named.map_or_else(|| quote!(_), |Named { named, .. }| quote!(#named))
}

/// Is there a path that begins with this name?
fn mentions(tokens: &TokenStream, name: &Ident) -> bool {
    let tokens: Vec<_> = tokens.clone().into_iter().collect();
    tokens.iter().enumerate().any(|(at, token)| match token {
        TokenTree::Group(group) => mentions(&group.stream(), name),
        TokenTree::Ident(ident) if ident == name => {
            let before = |distance| at.checked_sub(distance).and_then(|at| tokens.get(at));
            let is_alias = is_ident(before(1), "type");
            let is_in_path = is_punct(before(1), ':') && is_punct(before(2), ':');
            // `dyn Trait<Name = Type>`
            let is_bound = (is_punct(before(1), '<') || is_punct(before(1), ',')) && is_punct(tokens.get(at + 1), '=');
            !is_alias && !is_in_path && !is_bound
        }
        _ => false,
    })
}
