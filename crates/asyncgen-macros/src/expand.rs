//! The whole expansion.

use proc_macro2::{Delimiter, Ident, Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, Macro, Stmt};

use crate::arguments;
use crate::body::Body;
use crate::fallback;
use crate::header::Header;
use crate::syntax::{self, is_ident};

/// Which macro it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Generator,
    Stream,
    TryStream,
    /// A block of ordinary asynchronous code, which yields nothing.
    Block,
}

impl Kind {
    /// Is it written as async-stream's are?
    pub(crate) fn is_stream(self) -> bool {
        matches!(self, Self::Stream | Self::TryStream)
    }
}

/// The path of the crate `asyncgen`, and the `unsafe` of whoever vouches for it.
pub(crate) struct Krate {
    unsafe_: Ident,
    path: TokenStream,
}

impl Krate {
    /// The first token is a group that holds both. (With another path, what is `unsafe` in the expansion would be handed to
    /// anybody's functions. So the keyword must be written by whoever names the path, where a lint that forbids it sees it.)
    fn new(token: Option<TokenTree>) -> Option<Self> {
        let Some(TokenTree::Group(group)) = token else { return None };
        let mut tokens = group.stream().into_iter();
        match tokens.next() {
            Some(TokenTree::Ident(unsafe_)) if unsafe_ == "unsafe" => Some(Self { unsafe_, path: tokens.collect() }),
            _ => None,
        }
    }

    /// A span at this place for what is the macro's own. (All of it is as hygienic as the path is. If a part had another
    /// hygiene than the path, the compiler's messages would point at the whole macro.)
    pub(crate) fn own(&self, at: Span) -> Span {
        self.unsafe_.span().located_at(at)
    }

    /// Where everything is that the macros expand to. It is said to stand at `span`.
    pub(crate) fn private(&self, span: Span) -> TokenStream {
        let mut path: Vec<_> = self.path.clone().into_iter().collect();
        for token in &mut path {
            token.set_span(token.span().located_at(span));
        }
        quote_spanned!(span=> #(#path)*::__private)
    }

    pub(crate) fn unsafe_(&self) -> &Ident {
        &self.unsafe_
    }
}

pub(crate) fn expand(kind: Kind, input: TokenStream) -> TokenStream {
    let mut input = input.into_iter();
    let Some(krate) = Krate::new(input.next()) else {
        let message = "this macro is called by those of `asyncgen` alone";
        return syn::Error::new(Span::call_site(), message).to_compile_error();
    };
    let input = unbraced(input.collect());
    let start = input.clone().into_iter().next().map_or_else(Span::call_site, |first| first.span());

    let (header, tokens) = match Header::take(kind, input.clone()) {
        Ok(taken) => taken,
        Err(error) => return fallback::expand(&krate, input, &error),
    };
    let aliases = header.aliases(&tokens);

    let yields_results = contains(tokens.clone(), &yields_a_result);
    let body = |errorless| {
        let mut body = Body::new(kind, &krate, start);
        body.errorless = errorless;
        let mut statements = body.parse(tokens.clone());
        if kind == Kind::Block && End::is_nothing(&statements) {
            let at_end = body.own(tokens.clone().into_iter().last().map_or_else(Span::call_site, |last| last.span()));
            let private = body.private(at_end);
            statements.push(Stmt::Expr(syn::parse_quote_spanned!(at_end=> #private::nothing()), None));
        }
        // A block at the end may have a value, where the header and the items say that there are errors.
        let end = End::of(&statements);
        let has_value = end == End::Value || end == End::Block && header.names_error() && yields_results;
        // A generator's body always does, so that macros which return an error work in it. A stream's does if need be only, as
        // in async-stream it never does, and there may be macros which return from it without a value.
        body.returns = header.returns(kind);
        body.returns_result = !kind.is_stream() || has_value || contains(tokens.clone(), &returns_a_result);
        body.knows_errors = header.names_error() || contains(tokens.clone(), &raises);
        if has_value && body.knows_errors {
            let last = statements.last().and_then(|last| last.to_token_stream().into_iter().next());
            body.leaks = Some(last.map_or_else(Span::call_site, |last| last.span()));
        }
        body.visit(&mut statements);
        (body, statements)
    };
    // If its items are `Result`s, they can say what a loop raises.
    let (mut body, statements) = match body(kind == Kind::Stream && !yields_results) {
        // So they are if an error leaves the body otherwise.
        (Body { leaks: Some(_), has_errorless: true, .. }, _) => body(false),
        body => body,
    };
    match body.errors.drain(..).reduce(|mut all, error| {
        all.combine(error);
        all
    }) {
        Some(error) => fallback::expand(&krate, input, &error),
        None => assemble(&body, &header, &aliases, &statements),
    }
}

/// The body without braces around the whole of it: `async_gen!({ .. })` is what rustfmt formats.
fn unbraced(body: TokenStream) -> TokenStream {
    let mut tokens = body.clone().into_iter();
    match (tokens.next(), tokens.next()) {
        (Some(TokenTree::Group(whole)), None) if whole.delimiter() == Delimiter::Brace => whole.stream(),
        _ => body,
    }
}

fn assemble(body: &Body<'_>, header: &Header, aliases: &TokenStream, statements: &[Stmt]) -> TokenStream {
    // (For the compiler's messages, which name a closure and an `async` block by where they stand.)
    let at_start = body.own(body.start);
    let private = body.private(at_start);
    let [raw, end] = ["__raw", "__end"].map(|name| Ident::new(name, at_start));
    let yielder = Body::yielder(at_start);
    let types = types(body, header);
    let last = statements.last().and_then(|last| last.to_token_stream().into_iter().last());
    let at_last = body.own(last.map_or_else(Span::call_site, |last| last.span()));
    let statements = if let (Some(of), false) = (&body.returns, End::may_be_value(statements)) {
        // Control does not come to the end of these. (If it does, the compiler says there that the value is missing.)
        let private = body.private(at_last);
        let block = quote_spanned!(at_last=> { #(#statements)* });
        quote! {
            #[allow(clippy::diverging_sub_expression)]
            let #end: #private::Result<#private::Option<#of>, _> = #block;
            #[allow(unreachable_code)]
            #end
        }
    } else if body.returns_result {
        // If it ends with what it may not end with, the message is to be there.
        let end_at_last = Ident::new("__end", at_last);
        let result = body.result(&end_at_last.to_token_stream(), at_last);
        let block = quote_spanned!(at_last=> { #(#statements)* });
        quote! {
            #[allow(clippy::diverging_sub_expression)]
            let #end = #block;
            #[allow(unreachable_code)]
            return #result;
        }
    } else {
        // What it ends with comes first, so that what the compiler has to say about another `return` or end it says there.
        quote_spanned! {at_start=>
            if false {
                return;
            }
            #(#statements)*
        }
    };
    // A macro that gets to see it might put the yielder elsewhere. What such a body shows has a lifetime, which keeps it in
    // the body. It might also put another one in its place.
    let own = Body::own_mailbox(at_start);
    let lent = if body.shows_yielder {
        quote_spanned! {at_start=>
            let #own = #private::shown(&mut #yielder);
            let mut #yielder = #private::lend(&mut #yielder);
        }
    } else {
        quote_spanned!(at_start=> let #own = #private::NeverShown;)
    };
    let mut future = quote_spanned! {at_start=>
        async move {
            #aliases
            #lent
            #statements
        }
    };
    if let Some(of) = &body.returns {
        future = quote_spanned!(at_start=> #private::with_ends::<#of, _, _>(#future));
    }
    let unsafe_ = body.krate.unsafe_();
    let make = Ident::new(if body.delegates { "generator" } else { "plain_generator" }, at_start);
    let generator = quote_spanned! {at_start=>
        #private::#make(move |#raw| {
            // SAFETY: `raw` comes from `generator`; what is made of it is used in the body alone: nobody else can name it.
            let mut #yielder: #private::BodyYielder<#types> = #unsafe_ { #private::RawYielder::into_body(#raw) };
            #private::used(&mut #yielder);
            #future
        })
    };
    // A number without a type: `AsyncStream` says what of.
    let mut way = Literal::i32_unsuffixed(0);
    way.set_span(at_start);
    match (body.kind, body.leaks) {
        (Kind::Generator, _) => generator,
        // (What is wrong with its output is said of the whole.)
        (Kind::Block, _) => {
            let whole = body.own(Span::call_site());
            let private = body.private(whole);
            quote_spanned!(whole=> #private::block(#generator))
        }
        (Kind::Stream, Some(span)) if body.has_errors || header.names_error() => {
            let at_error = body.own(span);
            let private = body.private(at_error);
            let generator_at_error = Ident::new("__generator", at_error);
            let stream = quote_spanned!(at_error=> #private::result_stream(#generator_at_error, #way));
            quote!(match #generator { #generator_at_error => #stream })
        }
        (Kind::Stream, _) => quote!(#private::stream(#generator, #way)),
        (Kind::TryStream, _) => quote!(#private::try_stream(#generator, #way)),
    }
}

/// What a body ends with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// A statement, or a loop that has no value.
    Statement,
    /// A block, which may have one.
    Block,
    /// An expression that is no statement by itself.
    Value,
}

impl End {
    fn of(statements: &[Stmt]) -> Self {
        match statements.last() {
            Some(Stmt::Expr(last, None)) => match last {
                Expr::ForLoop(_) | Expr::Return(_) | Expr::While(_) => Self::Statement,
                Expr::Block(_) | Expr::If(_) | Expr::Loop(_) | Expr::Match(_) | Expr::Unsafe(_) => Self::Block,
                _ => Self::Value,
            },
            Some(Stmt::Macro(last)) if last.semi_token.is_none() && syntax::is_try(&last.mac) => Self::Block,
            _ => Self::Statement,
        }
    }

    /// Are they statements to whose end control may come?
    fn is_nothing(statements: &[Stmt]) -> bool {
        let diverges = |mac: &Macro| {
            const NAMES: [&str; 5] = ["raise", "panic", "todo", "unimplemented", "unreachable"];
            mac.path.segments.last().is_some_and(|last| NAMES.iter().any(|name| last.ident == name))
        };
        match statements.last() {
            Some(Stmt::Expr(Expr::Return(_) | Expr::Loop(_), _)) => false,
            Some(Stmt::Expr(Expr::Macro(last), Some(_))) => !diverges(&last.mac),
            Some(Stmt::Macro(last)) if Self::of(statements) == Self::Statement => !diverges(&last.mac),
            Some(Stmt::Expr(_, Some(_))) => true,
            _ => Self::of(statements) == Self::Statement,
        }
    }

    /// Do they end with what may be a value, as a `loop` without a `break` is not?
    fn may_be_value(statements: &[Stmt]) -> bool {
        let breaks = |_: Option<&TokenTree>, tokens: &[TokenTree]| is_ident(tokens.first(), "break");
        match statements.last() {
            Some(Stmt::Expr(Expr::Loop(last), None)) => contains(last.body.to_token_stream(), &breaks),
            _ => Self::of(statements) != Self::Statement,
        }
    }
}

/// `Yield, Sent, Error`.
fn types(body: &Body<'_>, header: &Header) -> TokenStream {
    let (yields, sent, error) = (header.yields(), header.sent(), header.error());
    let private = body.private(body.own(body.start));
    match body.kind {
        Kind::Generator => return quote!(#yields, #sent, #error),
        Kind::Block => return quote!(#private::Infallible, (), #error),
        Kind::Stream | Kind::TryStream => {}
    }
    let yields = if body.yields { yields } else { quote!(()) };
    // A stream that knows no errors has an error type all the same.
    let error = match body.kind {
        Kind::Stream if !body.has_errors && !header.names_error() => quote!(#private::Infallible),
        _ => error,
    };
    quote!(#yields, (), #error)
}

/// Do the tokens begin with a `return` with a value, or with a macro that is one?
fn returns_a_result(_: Option<&TokenTree>, tokens: &[TokenTree]) -> bool {
    match tokens {
        [TokenTree::Ident(name), TokenTree::Punct(punct), ..] if punct.as_char() == '!' => {
            arguments::returns_an_error(name)
        }
        [TokenTree::Ident(_), TokenTree::Punct(punct), ..] if matches!(punct.as_char(), ';' | ',') => false,
        [TokenTree::Ident(keyword), _, ..] => keyword == "return",
        _ => false,
    }
}

/// Do the tokens begin with the operator `?`, with `raise!` or with another macro that raises, or with `return Err`?
fn raises(before: Option<&TokenTree>, tokens: &[TokenTree]) -> bool {
    match tokens {
        [TokenTree::Punct(punct), ..] if punct.as_char() == '?' => match before {
            Some(TokenTree::Punct(before)) => before.as_char() == '?',
            before => before.is_some(),
        },
        [TokenTree::Ident(name), TokenTree::Punct(punct), ..] => {
            punct.as_char() == '!' && (name == "raise" || arguments::returns_an_error(name))
        }
        [TokenTree::Ident(keyword), TokenTree::Ident(name), ..] => keyword == "return" && name == "Err",
        _ => false,
    }
}

/// Do the tokens begin with `yield Ok(..)` or `yield Err(..)`?
fn yields_a_result(_: Option<&TokenTree>, tokens: &[TokenTree]) -> bool {
    match tokens {
        [TokenTree::Ident(keyword), TokenTree::Ident(name), TokenTree::Group(_), ..] => {
            keyword == "yield" && (name == "Ok" || name == "Err")
        }
        _ => false,
    }
}

/// Are there such tokens, other than in the bodies of other generators?
fn contains(tokens: TokenStream, wanted: &impl Fn(Option<&TokenTree>, &[TokenTree]) -> bool) -> bool {
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
        wanted(at.checked_sub(1).and_then(|before| tokens.get(before)), &tokens[at..])
    })
}

#[cfg(test)]
mod tests {
    use proc_macro2::TokenTree;

    use super::{Kind, expand};
    use crate::syntax::is_punct;

    fn expanded(kind: Kind, body: &str) -> String {
        expand(kind, format!("(unsafe asyncgen) {body}").parse().unwrap()).to_string()
    }

    /// A body with all keywords in it, whose own names are all `user`.
    const EVERYTHING: &str = "
        let user = yield user; yield from user; raise!(user);
        for await user in user { user?; yield user; }
        'user: loop {
            try { user.await; yield user; user?; if user { break 'user } else { continue } select!(user = user => yield user); }
            catch user if user { raise!(user) } catch GeneratorExit { return } finally { yield from user; user!(); }
        }
        try { user!(user?, return) }; user!(yield user);";

    const SCOPES: [&str; 4] = ["stand", "interruptible", "resumed", "async {"];

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
    fn clean_up_is_there_once_for_each_place_that_control_goes_to() {
        for (body, copies) in [
            ("try { a(); } finally { user(); }", 2),
            ("try { for i in 0..3 { if i == 1 { break; } } a()?; } finally { user(); }", 2),
            ("loop { try { if a { break } if b { break } if c { continue } } finally { user(); } }", 4),
            ("'a: loop { loop { try { if a { break 'a } if b { break } return; } finally { user(); } } }", 5),
        ] {
            let expanded = expanded(Kind::Generator, body);
            assert_eq!(expanded.matches("user ()").count(), copies, "{body}: {expanded}");
        }
    }

    /// No trait in scope and no prelude comes between: what isn't the user's is a keyword, a name of the macro's own, or is
    /// named by its path. Of the two methods, what the one returns is
    /// checked, and the other is a type's own.
    #[test]
    fn everything_is_called_by_its_path() {
        const KEYWORDS: &[&str] = &[
            "allow",
            "as",
            "async",
            "await",
            "break",
            "clippy",
            "continue",
            "diverging_sub_expression",
            "else",
            "false",
            "if",
            "let",
            "loop",
            "match",
            "move",
            "mut",
            "return",
            "unreachable_code",
            "unreachable_patterns",
            "unsafe",
            "unused_assignments",
            "unused_imports",
            "use",
            "while",
            "_",
            "true",
            "user",
            "select",
        ];
        fn check(tokens: proc_macro2::TokenStream, whole: &str) {
            let tokens: Vec<_> = tokens.into_iter().collect();
            for (at, token) in tokens.iter().enumerate() {
                match token {
                    TokenTree::Group(group) => check(group.stream(), whole),
                    TokenTree::Ident(name) => {
                        let name = name.to_string();
                        let before = |char| at > 0 && is_punct(tokens.get(at - 1), char);
                        if before('.') {
                            assert!(name == "await" || name.starts_with("__asyncgen_"), "method `{name}` in {whole}");
                        }
                        let in_path = before(':') || is_punct(tokens.get(at + 1), ':');
                        let own = name.starts_with("__") || KEYWORDS.contains(&name.as_str());
                        assert!(in_path || own || name.starts_with("Is"), "`{name}` in {whole}");
                    }
                    _ => {}
                }
            }
        }
        for kind in [Kind::Generator, Kind::TryStream] {
            // A generator refuses what a stream takes the risk of.
            let body = EVERYTHING.replace(if kind == Kind::Generator { "user!(yield user);" } else { "" }, "");
            let expanded = expanded(kind, &body);
            check(expanded.parse().unwrap(), &expanded);
        }
    }

    #[test]
    fn no_code_of_the_user_is_in_an_unsafe_block() {
        let expanded = expanded(Kind::Generator, &EVERYTHING.replace("user!(yield user);", ""));
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
