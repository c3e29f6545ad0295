//! The header: `type Yield = ..; type Sent = ..; type Error = ..;`, each optional, in any order.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{Ident, Token, Type};

/// The types that the user has named.
#[derive(Default)]
pub(crate) struct Header {
    yields: Option<Type>,
    sent: Option<Type>,
    pub(crate) error: Option<Type>,
}

impl Header {
    pub(crate) fn yields(&self) -> TokenStream {
        or_inferred(self.yields.as_ref())
    }

    pub(crate) fn sent(&self) -> TokenStream {
        or_inferred(self.sent.as_ref())
    }

    pub(crate) fn error(&self) -> TokenStream {
        or_inferred(self.error.as_ref())
    }

    fn slot(&mut self, name: &Ident) -> Option<&mut Option<Type>> {
        match &*name.to_string() {
            "Yield" => Some(&mut self.yields),
            "Sent" => Some(&mut self.sent),
            "Error" => Some(&mut self.error),
            _ => None,
        }
    }
}

fn or_inferred(named: Option<&Type>) -> TokenStream {
    named.map_or_else(|| quote!(_), |named| quote!(#named))
}

impl Parse for Header {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let mut header = Self::default();
        while input.peek(Token![type]) {
            let ahead = input.fork();
            let _: Token![type] = ahead.parse()?;
            let name: Ident = ahead.parse()?;
            // Another alias is an item of the body.
            let Some(slot) = header.slot(&name).filter(|_| ahead.peek(Token![=])) else { break };
            if slot.is_some() {
                return Err(syn::Error::new(name.span(), format!("`{name}` is named twice")));
            }
            let _: Token![type] = input.parse()?;
            let _: Ident = input.parse()?;
            let _: Token![=] = input.parse()?;
            *slot = Some(input.parse()?);
            let _: Token![;] = input.parse()?;
        }
        Ok(header)
    }
}

/// The header, and what comes after it.
pub(crate) struct WithHeader(pub(crate) Header, pub(crate) TokenStream);

impl Parse for WithHeader {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        Ok(Self(input.parse()?, input.parse()?))
    }
}
