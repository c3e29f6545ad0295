//! `try`, `catch` and `finally`.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::parse::{ParseStream, Parser};
use syn::visit_mut::VisitMut;
use syn::{Expr, Pat, Token};

use crate::body::Body;
use crate::frame::{Exit, Frame};
use crate::syntax;

/// What was written, in its parts.
struct Parts {
    body: Group,
    catches: Vec<Catch>,
    finally: Option<Group>,
}

struct Catch {
    keyword: Ident,
    /// The pattern and the guard.
    head: TokenStream,
    block: Group,
}

/// A `catch` whose head is parsed.
struct Arm {
    pattern: Pat,
    guard: Option<Expr>,
    block: Group,
}

impl Parts {
    fn new(tokens: TokenStream, errors: &mut Vec<syn::Error>) -> Option<Self> {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let [_, TokenTree::Group(body), clauses @ ..] = &tokens[..] else { return None };
        let mut rest = clauses;
        let mut parts = Self { body: body.clone(), catches: Vec::new(), finally: None };
        while let [TokenTree::Ident(keyword), clause @ ..] = rest {
            let head = if keyword == "catch" { syntax::catch_head(clause)? } else { 0 };
            let (head, clause) = clause.split_at(head);
            let [TokenTree::Group(block), clause @ ..] = clause else { return None };
            rest = clause;
            let (head, block, keyword) = (head.iter().cloned().collect(), block.clone(), keyword.clone());
            match (&parts.finally, keyword == "finally") {
                (Some(_), true) => errors.push(syn::Error::new(keyword.span(), "a `try` block has one `finally` only")),
                (Some(_), false) => {
                    errors.push(syn::Error::new(keyword.span(), "`catch` goes before `finally`"));
                }
                (None, true) => parts.finally = Some(block),
                (None, false) => parts.catches.push(Catch { keyword, head, block }),
            }
        }
        Some(parts)
    }
}

impl Body<'_> {
    /// What `tokens`, a `try` block with its clauses, becomes: statements, of which the last is its value.
    pub(crate) fn try_block(&mut self, tokens: TokenStream, span: Span) -> TokenStream {
        self.changes += 1;
        let Some(Parts { body, catches, finally }) = Parts::new(tokens, &mut self.errors) else {
            return TokenStream::new();
        };
        match finally {
            Some(finally) => self.finally(&body, catches, &finally, span),
            None if catches.is_empty() => self.outcome(&body, span),
            None => self.catch(&body, catches, span),
        }
    }

    /// `let (scope, yielder) = ..`: the scope to be made, and the yielder for what is inside.
    pub(crate) fn split(&self, span: Span) -> TokenStream {
        let private = self.private(span);
        let (scope, yielder) = (Ident::new("__scope", span), Self::yielder(span));
        quote_spanned! {span=>
            #[allow(unused_mut, unused_variables)]
            // SAFETY: the yielder is used by the block alone that this scope is made with.
            let (#scope, mut #yielder) = unsafe { #private::split(#yielder.lend()) };
        }
    }

    fn braced(&mut self, group: &Group) -> TokenStream {
        let mut new = Group::new(group.delimiter(), self.statements(group.stream()));
        new.set_span(group.span());
        new.into_token_stream()
    }

    /// Visits what is in a frame of its own, which is given back.
    pub(crate) fn framed<T>(&mut self, frame: Frame, visit: impl FnOnce(&mut Self) -> T) -> (T, Frame) {
        self.frames.push(frame);
        let result = visit(self);
        (result, self.frames.pop().unwrap_or_default())
    }

    /// The outcome of a block in a scope: a `Result`, of how the block has ended, or the exception.
    fn scoped(&self, block: &TokenStream, exits: &[Exit], span: Span) -> TokenStream {
        let private = self.private(span);
        let (split, scope) = (self.split(span), Ident::new("__scope", span));
        let ending = self.ending(block, exits, span);
        quote_spanned!(span=> { #split #private::catch(#scope, async { #ending }).await })
    }

    /// `try { .. }` alone.
    fn outcome(&mut self, body: &Group, span: Span) -> TokenStream {
        self.caught += 1;
        let (block, Frame { exits, .. }) = self.framed(Frame::default(), |this| this.braced(body));
        self.caught -= 1;
        let outcome = self.scoped(&block, &exits, span);
        let arms = self.go_on(&exits, [true, true], span);
        let exception = Ident::new("__exception", span);
        let arms = quote_spanned! {span=>
            #arms
            ::core::result::Result::Err(#exception) => ::core::result::Result::Err(#exception),
        };
        // From `try` to its end it is said to be the user's own, so that the compiler points there if it isn't used.
        let keyword = Ident::new("match", span.resolved_at(body.span()));
        let mut arms = Group::new(body.delimiter(), arms);
        arms.set_span(body.span());
        quote!(#keyword #outcome #arms)
    }

    /// `try { .. } catch P { .. }`.
    fn catch(&mut self, body: &Group, catches: Vec<Catch>, span: Span) -> TokenStream {
        let arms: Vec<_> = catches.into_iter().filter_map(|catch| self.arm(catch)).collect();
        let catches_all = usize::from(arms.iter().any(Arm::catches_all));
        self.caught += catches_all;
        let (block, Frame { exits, .. }) = self.framed(Frame::default(), |this| this.braced(body));
        self.caught -= catches_all;
        let outcome = self.scoped(&block, &exits, span);

        let private = self.private(span);
        let ended = self.go_on(&exits, [true, false], span);
        let mut caught = TokenStream::new();
        for Arm { pattern, mut guard, block } in arms {
            if let Some(guard) = &mut guard {
                self.visit_expr_mut(guard);
            }
            let guard = guard.map(|guard| quote!(if #guard));
            let block = self.braced(&block);
            caught.extend(quote_spanned!(span=> ::core::result::Result::Err(#pattern) #guard => #block));
        }
        let (yielder, exception) = (Self::yielder(span), Ident::new("__exception", span));
        quote_spanned! {span=>
            match #outcome {
                #ended
                #caught
                #[allow(unreachable_patterns)]
                ::core::result::Result::Err(#exception) => match #private::go_on(#yielder.lend(), #exception).await {},
            }
        }
    }

    fn arm(&mut self, Catch { keyword, head, block }: Catch) -> Option<Arm> {
        if head.is_empty() {
            self.error(
                keyword.span(),
                "`catch` needs a pattern: `catch error { .. }`, or `catch Exception::Error(error) { .. }`",
            );
            return None;
        }
        let head = syntax::desugar(head, &mut self.errors);
        let parse = |input: ParseStream| {
            let pattern = Pat::parse_multi_with_leading_vert(input)?;
            let guard = input.parse::<Option<Token![if]>>()?.map(|_| input.parse()).transpose()?;
            Ok((pattern, guard))
        };
        match parse.parse2(head) {
            Ok((pattern, guard)) => Some(Arm { pattern, guard, block }),
            Err(error) => {
                self.errors.push(error);
                None
            }
        }
    }

    /// `try { .. } catch P { .. } finally { .. }`: the arms run in the `finally`'s protection.
    fn finally(&mut self, body: &Group, catches: Vec<Catch>, finally: &Group, span: Span) -> TokenStream {
        let (block, frame) = self.framed(Frame::default(), |this| {
            if catches.is_empty() {
                return this.braced(body);
            }
            let caught = this.catch(body, catches, span);
            quote_spanned!(span=> { #caught })
        });
        let (clean_up, Frame { exits, leaves, .. }) =
            self.framed(Frame::clean_up(frame.exits), |this| this.braced(finally));
        let outcome = self.scoped(&block, &exits, span);

        let private = self.private(span);
        let [scope, value] = ["__scope", "__outcome"].map(|name| Ident::new(name, span));
        let split = self.split(span);
        let done = if leaves {
            quote!(::core::option::Option::None)
        } else {
            quote_spanned!(span=> #private::EndOfBlock((), ()))
        };
        let arms = self.go_on(&exits, [false, false], span);
        quote_spanned! {span=>
            let #value = #outcome;
            let #value = {
                #split
                #private::clean_up(#scope, #value, async {
                    if false {
                        return ::core::result::Result::Ok(#done);
                    }
                    let () = #clean_up;
                    #[allow(unreachable_code)]
                    return ::core::result::Result::Ok(#done);
                })
                .await
            };
            match #value { #arms }
        }
    }
}

impl Arm {
    /// No exception goes past it.
    fn catches_all(&self) -> bool {
        self.guard.is_none()
            && match &self.pattern {
                Pat::Wild(_) => true,
                Pat::Ident(pattern) => pattern.subpat.is_none(),
                _ => false,
            }
    }
}
