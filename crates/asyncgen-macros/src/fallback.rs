//! What an editor gets of a body with a mistake in it.
//!
//! While somebody writes, a body does not parse most of the time. The error alone would leave the editor with nothing to
//! complete, to rename or to jump to. So the body is there as well, its keywords rewritten token by token into what is
//! nearest to them in Rust, for rust-analyzer alone: the compiler would only have more to complain about.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};

use crate::expand::Krate;
use crate::syntax::{self, is_block, is_ident};

/// The errors, and the body.
pub(crate) fn expand(krate: &Krate, body: TokenStream, error: &syn::Error) -> TokenStream {
    let body = Fallback { krate }.rewrite(body);
    let errors = error.to_compile_error();
    let private = krate.private(krate.own(Span::call_site()));
    quote! {
        {
            #[allow(unexpected_cfgs)]
            {
                // (Arguments of a macro, which the compiler does not even parse.)
                #[cfg(rust_analyzer)]
                #private::for_editors! { #body }
            }
            #errors
        }
    }
}

struct Fallback<'k> {
    krate: &'k Krate,
}

impl Fallback<'_> {
    fn rewrite(&self, tokens: TokenStream) -> TokenStream {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let mut out = TokenStream::new();
        let mut rest = &tokens[..];
        while let [token, after @ ..] = rest {
            rest = match token {
                TokenTree::Ident(keyword) if keyword == "yield" => {
                    // It goes out, and takes in all that follows, as the value of a `return` does.
                    Ident::new("return", keyword.span()).to_tokens(&mut out);
                    if is_ident(after.first(), "from") && after.len() > 1 { &after[1..] } else { after }
                }
                TokenTree::Ident(keyword) if keyword == "raise" && syntax::is_punct(after.first(), '!') => {
                    Ident::new("return", keyword.span()).to_tokens(&mut out);
                    &after[1..]
                }
                TokenTree::Ident(keyword) if keyword == "for" && is_ident(after.first(), "await") => {
                    self.for_await(keyword.span(), &after[1..], &mut out)
                }
                TokenTree::Ident(keyword) if keyword == "try" && is_block(after.first()) => after,
                TokenTree::Ident(keyword) if keyword == "finally" && is_block(after.first()) => after,
                TokenTree::Ident(keyword) if keyword == "catch" || keyword == "finally" => {
                    self.clause(keyword, after, &mut out)
                }
                TokenTree::Group(group) => {
                    self.group(group).to_tokens(&mut out);
                    after
                }
                token => {
                    token.to_tokens(&mut out);
                    after
                }
            };
        }
        out
    }

    fn group(&self, group: &Group) -> Group {
        let mut new = Group::new(group.delimiter(), self.rewrite(group.stream()));
        new.set_span(group.span());
        new
    }

    /// `while let Some(PATTERN) = item_of(ITEMS) { .. }`; returns what is left.
    fn for_await<'t>(&self, span: Span, tokens: &'t [TokenTree], out: &mut TokenStream) -> &'t [TokenTree] {
        let Some(in_) = tokens.iter().position(|token| is_ident(Some(token), "in")) else { return tokens };
        let (pattern, items) = (&tokens[..in_], &tokens[in_ + 1..]);
        let end = items.iter().position(|token| is_block(Some(token))).unwrap_or(items.len());
        let items_tokens = self.rewrite(items[..end].iter().cloned().collect());
        let (span, pattern) = (self.krate.own(span), pattern.iter().cloned().collect::<TokenStream>());
        let private = self.krate.private(span);
        out.extend(quote_spanned!(span=> while let #private::Some(#pattern) = #private::item_of(#items_tokens)));
        &items[end..]
    }

    /// `match unknown() { PATTERN => { .. } _ => {} }`; returns what is left.
    fn clause<'t>(&self, keyword: &Ident, tokens: &'t [TokenTree], out: &mut TokenStream) -> &'t [TokenTree] {
        let Some(head) = syntax::clause_head(tokens) else { return tokens };
        let pattern: TokenStream = self.rewrite(tokens[..head].iter().cloned().collect());
        let Some(TokenTree::Group(block)) = tokens.get(head) else { return tokens };
        let (span, block) = (self.krate.own(keyword.span()), self.group(block));
        let private = self.krate.private(span);
        let mut arms = Group::new(Delimiter::Brace, quote_spanned!(span=> #pattern => #block _ => {}));
        arms.set_span(span);
        out.extend(quote_spanned!(span=> match #private::unknown() #arms));
        &tokens[head + 1..]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proc_macro2::{Ident, LineColumn, TokenStream, TokenTree};

    use crate::expand::{Kind, expand};

    /// Bodies that don't parse. What is between `«` and `»` is broken; the rest must be there for the editor.
    const BROKEN: [&str; 20] = [
        "let a = fetch(one, two); yield a; «a.»",
        "let a = fetch«(one,,)»; yield b; yield from rest(c);",
        "try { open(file).await?; yield line; } «catch» { close(file); }",
        "try { yield line; } catch Problem { code } if code > limit { retry(code); } «else» { never(); }",
        "for await item in source(x) { yield item; «item.» }",
        "for await item in «source.» { yield item; }",
        "for await «(item,,)» in source { yield item; }",
        "let sent = yield value; match sent { Some(Command::Seek(n)) => «n.», None => stop() }",
        "while let Some(word) = words.next() { yield word.len() «+»; count += 1; }",
        "if let Some(x) = «yield.» { use_it(x); } after(y);",
        "let f = |a, b| a + b; yield f(one «two»); g(three);",
        "raise!(Wrong { reason: why }); «let» ; yield z;",
        "try { yield from inner(p); } catch e { «e.» } other(q);",
        "try { a(); } finally { b(); «c(..=)» } d();",
        "type Yield = Row; type Error = Oops; yield row; «struct»",
        "yield one; yield «two three»; yield four;",
        "let x: Vec<«=»> = make(); yield x;",
        "select! { line = lines.next() => yield line, _ = timer => done() } catch_up(); «while» ; last();",
        "loop { let n = «count.»; yield n; break 'outer; }",
        "async for item in items { yield item; } «»after(items);",
    ];

    fn names(tokens: TokenStream, found: &mut Vec<(String, LineColumn)>) {
        for token in tokens {
            match token {
                TokenTree::Ident(name) => found.push((name.to_string(), name.span().start())),
                TokenTree::Group(group) => names(group.stream(), found),
                _ => {}
            }
        }
    }

    fn is_keyword(name: &str) -> bool {
        const KEYWORDS: &[&str] =
            &["yield", "try", "catch", "finally", "for", "await", "in", "from", "raise", "type", "async"];
        KEYWORDS.contains(&name) || syn::parse_str::<Ident>(name).is_err()
    }

    #[test]
    fn every_name_outside_of_what_is_broken_is_there_where_it_stood() {
        for body in BROKEN {
            let broken = body.find('«').unwrap()..body.rfind('»').unwrap();
            // The marks take two bytes each, and one column.
            let column = |byte: usize| body[..byte].chars().filter(|char| !"«»".contains(*char)).count();
            let broken = column(broken.start)..column(broken.end);
            let source: String = body.chars().filter(|char| !"«»".contains(*char)).collect();
            let tokens: TokenStream = source.parse().unwrap();
            let mut wanted = Vec::new();
            names(tokens.clone(), &mut wanted);

            let input: TokenStream = "(unsafe asyncgen)".parse().unwrap();
            let expanded = expand(Kind::Generator, input.into_iter().chain(tokens).collect());
            let mut there = Vec::new();
            names(expanded, &mut there);
            assert!(there.iter().any(|(name, _)| name == "compile_error"), "it is no mistake: {body}");
            let there: BTreeSet<_> = there.into_iter().map(|(name, at)| (name, at.line, at.column)).collect();
            for (name, at) in wanted {
                if !is_keyword(&name) && !broken.contains(&at.column) {
                    assert!(there.contains(&(name.clone(), at.line, at.column)), "`{name}` of {body}");
                }
            }
        }
    }
}
