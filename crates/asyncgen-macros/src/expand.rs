//! The whole expansion.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::quote;

use crate::body::Body;
use crate::header::{Header, WithHeader};
use crate::{arguments, syntax};

/// Which macro it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Generator,
    Stream,
    TryStream,
}

/// The first token is a group that holds the path of the crate `asyncgen`.
pub(crate) fn expand(kind: Kind, input: TokenStream) -> TokenStream {
    let mut input = input.into_iter();
    let krate = match input.next() {
        Some(TokenTree::Group(krate)) => krate.stream(),
        _ => return TokenStream::new(),
    };
    let input: TokenStream = input.collect();

    // In a stream an alias named `Error` may be the user's own, unless there are `try` blocks.
    let (header, tokens) = if kind == Kind::Generator || contains(input.clone(), &|token| syntax::is_ident(Some(token), "try")) {
        match syn::parse2(input) {
            Ok(WithHeader(header, tokens)) => (header, tokens),
            Err(error) => return error.to_compile_error(),
        }
    } else {
        (Header::default(), input)
    };

    let is_question = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == '?');
    let returns_result = contains(tokens.clone(), &is_question);
    let mut body = Body::new(kind, &krate, returns_result);
    let statements = body.statements(tokens);
    match body.errors.drain(..).reduce(|mut all, error| {
        all.combine(error);
        all
    }) {
        Some(error) => error.to_compile_error(),
        None => assemble(&body, &header, &statements),
    }
}

fn assemble(body: &Body<'_>, header: &Header, statements: &TokenStream) -> TokenStream {
    let private = body.private();
    let [raw, anchor, end] = ["__raw", "__anchor", "__end"].map(|name| Ident::new(name, Span::mixed_site()));
    let yielder = Body::yielder(Span::mixed_site());
    let types = types(body, header);
    let statements = if body.returns_result {
        quote! {
            let #end = { #statements };
            #[allow(unreachable_code)]
            return #private::into_result(#end);
        }
    } else {
        statements.clone()
    };
    let generator = quote! {
        #private::generator(move |#raw| async move {
            let #anchor = ();
            #[allow(unused_mut, unused_variables)]
            // SAFETY: `raw` comes from `generator`, and `anchor` is a local variable of the body.
            let mut #yielder = unsafe { #private::RawYielder::<#types>::lend(#raw, &#anchor) };
            #statements
        })
    };
    match body.kind {
        Kind::Generator => generator,
        Kind::Stream if body.raises => quote!(#private::result_stream(#generator)),
        Kind::Stream => quote!(#private::stream(#generator)),
        Kind::TryStream => quote!(#private::try_stream(#generator)),
    }
}

/// `Yield, Sent, Error`.
fn types(body: &Body<'_>, header: &Header) -> TokenStream {
    let (yields, sent, error) = (header.yields(), header.sent(), header.error());
    if body.kind == Kind::Generator {
        return quote!(#yields, #sent, #error);
    }
    let yields = if body.yields { yields } else { quote!(()) };
    // A stream that knows no errors has an error type all the same.
    let error = match body.kind {
        Kind::Stream if !body.has_errors && header.error.is_none() => quote!(::core::convert::Infallible),
        _ => error,
    };
    quote!(#yields, (), #error)
}

/// Is there such a token, other than in the bodies of other generators?
fn contains(tokens: TokenStream, wanted: &impl Fn(&TokenTree) -> bool) -> bool {
    let mut own = false;
    tokens.into_iter().any(|token| {
        if let TokenTree::Group(group) = &token {
            return !own && contains(group.stream(), wanted);
        }
        own = match &token {
            TokenTree::Ident(name) => arguments::makes_a_generator(name),
            TokenTree::Punct(punct) => own && punct.as_char() == '!',
            _ => false,
        };
        wanted(&token)
    })
}
