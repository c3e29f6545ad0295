//! The whole expansion.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, Stmt};

use crate::arguments;
use crate::body::Body;
use crate::header::Header;

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
    let start = input.clone().into_iter().next().map_or_else(Span::call_site, |first| first.span());

    let (header, tokens) = match Header::take(kind, input) {
        Ok(taken) => taken,
        Err(error) => return error.to_compile_error(),
    };
    let aliases = header.aliases(&tokens);

    // A generator's body always does, so that macros which return an error work in it. A stream's does if need be only, as
    // in async-stream it never does, and there may be macros which return from it without a value.
    let returns_result = kind == Kind::Generator || contains(tokens.clone(), &may_return_a_result);
    let mut body = Body::new(kind, &krate, start);
    let mut statements = body.parse(tokens);
    body.returns_result = returns_result || ends_with_a_value(&statements);
    body.visit(&mut statements);
    match body.errors.drain(..).reduce(|mut all, error| {
        all.combine(error);
        all
    }) {
        Some(error) => error.to_compile_error(),
        None => assemble(&body, &header, &aliases, &statements),
    }
}

fn assemble(body: &Body<'_>, header: &Header, aliases: &TokenStream, statements: &[Stmt]) -> TokenStream {
    // (For the compiler's messages, which name a closure and an `async` block by where they stand.)
    let at_start = Span::mixed_site().located_at(body.start);
    let private = body.private(at_start);
    let [raw, end] = ["__raw", "__end"].map(|name| Ident::new(name, at_start));
    let yielder = Body::yielder(at_start);
    let types = types(body, header);
    let statements = if body.returns_result {
        // If it ends with what it may not end with, the message is to be there.
        let last = statements.last().and_then(|last| last.to_token_stream().into_iter().last());
        let at_last = Span::mixed_site().located_at(last.map_or_else(Span::call_site, |last| last.span()));
        let end_at_last = Ident::new("__end", at_last);
        let private = body.private(at_last);
        let result = quote_spanned!(at_last=> #private::into_result(#end_at_last));
        let block = quote_spanned!(at_last=> { #(#statements)* });
        quote! {
            #[allow(clippy::diverging_sub_expression)]
            let #end = #block;
            #[allow(unreachable_code)]
            return #result;
        }
    } else {
        quote!(#(#statements)*)
    };
    // A macro that gets to see it might put the yielder elsewhere. What such a body shows has a lifetime, which keeps it in
    // the body.
    let lent = body.shows_yielder.then(|| quote_spanned!(at_start=> let mut #yielder = #yielder.lend();));
    let generator = quote_spanned! {at_start=>
        #private::generator(move |#raw| {
            #[allow(unused_mut, unused_variables)]
            // SAFETY: `raw` comes from `generator`; what is made of it is used in the body alone: nobody else can name it.
            let mut #yielder: #private::BodyYielder<#types> = unsafe { #private::RawYielder::into_body(#raw) };
            async move {
                #aliases
                #lent
                #statements
            }
        })
    };
    match (body.kind, body.raises) {
        (Kind::Generator, _) => generator,
        (Kind::Stream, Some(span)) => {
            let at_error = Span::mixed_site().located_at(span);
            let private = body.private(at_error);
            let generator_at_error = Ident::new("__generator", at_error);
            let stream = quote_spanned!(at_error=> #private::result_stream(#generator_at_error));
            quote!(match #generator { #generator_at_error => #stream })
        }
        (Kind::Stream, None) => quote!(#private::stream(#generator)),
        (Kind::TryStream, _) => quote!(#private::try_stream(#generator)),
    }
}

/// Is there an expression at the end that is no statement by itself?
fn ends_with_a_value(statements: &[Stmt]) -> bool {
    match statements.last() {
        Some(Stmt::Expr(last, None)) => !matches!(
            last,
            Expr::Block(_)
                | Expr::ForLoop(_)
                | Expr::If(_)
                | Expr::Loop(_)
                | Expr::Match(_)
                | Expr::Return(_)
                | Expr::Unsafe(_)
                | Expr::While(_)
        ),
        _ => false,
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
        Kind::Stream if !body.has_errors && !header.names_error() => quote!(::core::convert::Infallible),
        _ => error,
    };
    quote!(#yields, (), #error)
}

/// Is it a `?`, a `return` with a value, or a macro that is one, with which the tokens begin?
fn may_return_a_result(tokens: &[TokenTree]) -> bool {
    match tokens {
        [TokenTree::Punct(punct), ..] => punct.as_char() == '?',
        [TokenTree::Ident(name), TokenTree::Punct(punct), ..]
            if punct.as_char() == '!' && arguments::returns_an_error(name) =>
        {
            true
        }
        [TokenTree::Ident(_), TokenTree::Punct(punct), ..] if matches!(punct.as_char(), ';' | ',') => false,
        [TokenTree::Ident(keyword), _, ..] => keyword == "return",
        _ => false,
    }
}

/// Are there such tokens, other than in the bodies of other generators?
fn contains(tokens: TokenStream, wanted: &impl Fn(&[TokenTree]) -> bool) -> bool {
    let tokens: Vec<_> = tokens.into_iter().collect();
    let mut own = false;
    (0..tokens.len()).any(|at| {
        if let TokenTree::Group(group) = &tokens[at] {
            return !own && contains(group.stream(), wanted);
        }
        own = match &tokens[at] {
            TokenTree::Ident(name) => arguments::makes_a_generator(name),
            TokenTree::Punct(punct) => own && punct.as_char() == '!',
            _ => false,
        };
        wanted(&tokens[at..])
    })
}

#[cfg(test)]
mod tests {
    use super::{Kind, expand};

    fn expanded(kind: Kind, body: &str) -> String {
        expand(kind, format!("(asyncgen) {body}").parse().unwrap()).to_string()
    }

    const SCOPES: [&str; 4] = ["split", "catch", "clean_up", "async {"];

    #[test]
    fn a_plain_generator_has_no_scope_in_it() {
        for kind in [Kind::Generator, Kind::Stream, Kind::TryStream] {
            let expanded = expanded(kind, "for i in 0..3 { if i == 1 { continue; } yield fetch(i).await?; } return;");
            for scope in SCOPES {
                assert!(!expanded.contains(scope), "`{scope}` in {expanded}");
            }
        }
    }

    #[test]
    fn a_way_out_that_does_not_occur_is_not_there() {
        let body = "loop { try { for i in 0..3 { if i == 1 { break; } } a()?; } finally { b()?; } }";
        let expanded = expanded(Kind::Generator, body);
        assert!(expanded.contains("clean_up"));
        assert!(!expanded.contains("Flow"), "{expanded}");
    }

    #[test]
    fn no_code_of_the_user_is_in_an_unsafe_block() {
        let body = "try { yield user(); yield from user(); } catch user if user() { raise!(user()) } finally { user(); } \
                    for await user in user() { user(); }";
        let expanded = expanded(Kind::Generator, body);
        assert!(expanded.contains("unsafe"));
        for block in expanded.split("unsafe {").skip(1) {
            let (block, _) = block.split_once('}').unwrap();
            assert!(!block.contains("user"), "{block}");
        }
    }

    #[test]
    fn a_macro_that_is_not_concerned_gets_its_own_tokens() {
        let arguments = "a => b ; try { for await } [ yield_ ] ..";
        let body = format!("foo! {{ {arguments} }} yield 1;");
        let arguments: proc_macro2::TokenStream = arguments.parse().unwrap();
        assert!(expanded(Kind::Generator, &body).contains(&arguments.to_string()));
    }

    #[test]
    fn mistakes_are_all_told_at_once() {
        let expanded = expanded(Kind::Generator, "let a = || yield 1; let b = async { yield 2 }; raise!();");
        assert_eq!(expanded.matches("compile_error").count(), 3, "{expanded}");
    }
}
