//! The arguments of other macros, which are tokens of whatever language the macro speaks.
//!
//! Some macros are known to evaluate their arguments where they stand: those of the standard library, and `select!` and
//! `join!`. The keywords work in their arguments. In those of any other macro a `yield` is refused, as the macro may put it
//! into a closure; but `stream!` and `try_stream!` take the risk, as async-stream does.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Block, Expr, Macro, MacroDelimiter, Pat, PatIdent, Token, token};

use crate::body::{Body, Use};
use crate::{hidden, nested, syntax};
use syn::visit_mut::VisitMut;

/// Is it the name of a macro that has its own body, whose keywords are its own?
pub(crate) fn makes_a_generator(name: &Ident) -> bool {
    ["async_gen", "async_block", "stream", "try_stream", "generator"].iter().any(|own| name == own)
}

/// Is it the name of a macro that evaluates its arguments where it stands, as far as it evaluates them?
fn evaluates_in_place(name: &Ident) -> bool {
    const NAMES: &[&str] = &[
        "select",
        "select_biased",
        "join",
        "try_join",
        "pin",
        "print",
        "println",
        "eprint",
        "eprintln",
        "format",
        "format_args",
        "write",
        "writeln",
        "vec",
        "assert",
        "assert_eq",
        "assert_ne",
        "debug_assert",
        "debug_assert_eq",
        "debug_assert_ne",
        "matches",
        "dbg",
        "panic",
        "todo",
        "unimplemented",
        "unreachable",
        "ready",
    ];
    NAMES.iter().any(|known| name == known)
}

/// Is it the name of another macro that is known to hide no await and no `return`? (Of the standard library, futures, log,
/// tracing, anyhow, `serde_json` and sqlx.)
fn hides_nothing(name: &Ident) -> bool {
    const NAMES: &[&str] = &[
        "addr_of",
        "addr_of_mut",
        "cfg",
        "column",
        "compile_error",
        "concat",
        "env",
        "file",
        "include",
        "include_bytes",
        "include_str",
        "line",
        "module_path",
        "option_env",
        "stringify",
        "thread_local",
        "pin_mut",
        "log",
        "trace",
        "debug",
        "info",
        "warn",
        "error",
        "event",
        "enabled",
        "span",
        "trace_span",
        "debug_span",
        "info_span",
        "warn_span",
        "error_span",
        "anyhow",
        "eyre",
        "miette",
        "format_err",
        "json",
        "query",
        "query_as",
        "query_scalar",
        "assert_matches",
    ];
    NAMES.iter().any(|known| name == known)
}

/// Is it the name of a macro that is known to return an error? (Of anyhow, eyre, miette or snafu.)
pub(crate) fn returns_an_error(name: &Ident) -> bool {
    ["bail", "ensure", "whatever", "ensure_whatever"].iter().any(|known| name == known)
}

/// Is it the name of a macro that awaits what it is given?
fn awaits(name: &Ident) -> bool {
    is_select(name) || ["join", "try_join"].iter().any(|known| name == known)
}

pub(crate) fn is_select(name: &Ident) -> bool {
    ["select", "select_biased"].iter().any(|known| name == known)
}

impl Body<'_> {
    /// The call of a macro that is no keyword. It becomes something else if there is.
    pub(crate) fn other_macro(&mut self, mac: &mut Macro, use_: Use) -> Option<Expr> {
        let name = mac.path.segments.last().map(|segment| segment.ident.clone())?;
        if makes_a_generator(&name) {
            return None;
        }
        let returns_an_error = returns_an_error(&name);
        if returns_an_error {
            self.has_errors = true;
            self.leaks_here(name.span());
        }
        // (In braces, as a statement, it may well define something.)
        let may_define = use_ != Use::Expression && matches!(mac.delimiter, MacroDelimiter::Brace(_));
        let is_unknown = !(evaluates_in_place(&name) || hides_nothing(&name) || may_define);
        // (What is written for async-stream may well have macros in its loops that `continue` or `break`, as those of a
        // generator can't then.)
        let sees_to_unknown = !self.kind.is_stream() || self.in_try() || self.in_clean_up();
        let hides = self.hidden().is_none()
            && self.protects()
            && (awaits(&name) || returns_an_error || sees_to_unknown && is_unknown);
        if hides {
            return Some(self.hide(mac, &name, use_ == Use::Statement));
        }
        if let Some(tokens) = self.rewritten(mac) {
            mac.tokens = tokens;
        }
        None
    }

    /// The arguments of a macro, if something is rewritten in them.
    pub(crate) fn rewritten(&mut self, mac: &Macro) -> Option<TokenStream> {
        let name = mac.path.segments.last().map(|segment| &segment.ident)?;
        let yields = nested::find_yield(mac.tokens.clone());
        if let (false, Some(span), false) = (evaluates_in_place(name), yields, self.kind.is_stream()) {
            self.error(
                span,
                format_args!(
                    "`yield` in the arguments of `{name}!`, which may put it outside of the generator's body: yield \
                     before, `let value = yield ..;`, and give `value` to the macro"
                ),
            );
            return None;
        }
        let before = self.changes;
        let mut mistakes = Vec::new();
        let tokens = syntax::desugar(mac.tokens.clone(), &mut mistakes);
        self.in_arguments += 1;
        let parsed = self
            .expressions(tokens.clone())
            .or_else(|| self.branches(tokens.clone()))
            .or_else(|| self.block(tokens.clone()));
        let new = match parsed {
            None if yields.is_some() => Some(self.marked_only(tokens)),
            parsed => parsed,
        };
        self.in_arguments -= 1;
        // A macro that is not concerned gets its own tokens.
        if self.changes == before {
            return None;
        }
        self.shows_yielder = true;
        new
    }

    /// The future of a branch of `select!`, which a `yield` is not.
    pub(crate) fn refuse_yield(&mut self, future: &Expr) {
        if let Expr::Break(keyword) = future {
            if syntax::is_yield(keyword.label.as_ref()) {
                self.error(
                    keyword.break_token.span,
                    "`yield` evaluates to what is sent, and not to a future: put it into a handler, or before the macro \
                     (in the closure form, `generator!`, `y.yield_(value)` is a future)",
                );
            }
        }
    }

    /// `a, b, c`, as most macros take them.
    fn expressions(&mut self, tokens: TokenStream) -> Option<TokenStream> {
        let mut expressions = Punctuated::<Expr, Token![,]>::parse_terminated.parse2(tokens).ok()?;
        expressions.iter_mut().for_each(|expression| self.visit_expr_mut(expression));
        Some(expressions.into_token_stream())
    }

    /// `pattern = future => handler`, as `select!` takes them.
    fn branches(&mut self, tokens: TokenStream) -> Option<TokenStream> {
        let mut branches = Branches::parse.parse2(tokens).ok()?;
        for branch in &mut branches.branches {
            if let Some(future) = &mut branch.future {
                self.refuse_yield(future);
                self.visit_expr_mut(future);
            }
            self.visit_expr_mut(&mut branch.handler);
        }
        Some(branches.into_token_stream())
    }

    /// Statements.
    fn block(&mut self, tokens: TokenStream) -> Option<TokenStream> {
        let mut statements = Block::parse_within.parse2(tokens).ok()?;
        self.visit(&mut statements);
        Some(quote!(#(#statements)*))
    }

    /// The keywords alone, whatever is around them.
    fn marked_only(&mut self, tokens: TokenStream) -> TokenStream {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let mut tokens = &tokens[..];
        let mut parsed: Vec<TokenTree>;
        let mut out = TokenStream::new();
        while let [token, rest @ ..] = tokens {
            if syntax::begins_marked(tokens) {
                match (|input: ParseStream| Ok((input.parse::<Expr>()?, input.parse::<TokenStream>()?)))
                    .parse2(tokens.iter().cloned().collect())
                {
                    Ok((mut expression, rest)) => {
                        self.visit_expr_mut(&mut expression);
                        expression.to_tokens(&mut out);
                        parsed = rest.into_iter().collect();
                        tokens = &parsed;
                        continue;
                    }
                    Err(error) => self.errors.push(error),
                }
            }
            match token {
                TokenTree::Group(group) => {
                    let mut new = Group::new(group.delimiter(), self.marked_only(group.stream()));
                    new.set_span(group.span());
                    new.to_tokens(&mut out);
                }
                token => token.to_tokens(&mut out),
            }
            tokens = rest;
        }
        out
    }
}

/// What is given to `select!`.
pub(crate) struct Branches {
    /// `biased;`
    head: TokenStream,
    pub(crate) branches: Vec<Branch>,
}

pub(crate) struct Branch {
    /// The pattern and the `=`, or `else`.
    head: TokenStream,
    pub(crate) future: Option<Expr>,
    /// `, if condition`
    condition: TokenStream,
    arrow: Token![=>],
    pub(crate) handler: Expr,
    comma: Option<Token![,]>,
}

impl Branch {
    /// Takes what its pattern binds, as `hidden::take_bindings` does.
    pub(crate) fn take_bindings(&mut self) -> Option<Vec<PatIdent>> {
        let parse = |input: ParseStream| Ok((Pat::parse_multi_with_leading_vert(input)?, input.parse::<Token![=]>()?));
        let (mut pattern, equals) = parse.parse2(self.head.clone()).ok()?;
        let bindings = hidden::take_bindings(&mut pattern)?;
        self.head = quote!(#pattern #equals);
        Some(bindings)
    }
}

impl Parse for Branches {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let mut head = TokenStream::new();
        if input.peek2(Token![;]) {
            head.extend([input.parse::<TokenTree>()?, input.parse()?]);
        }
        let mut branches = Vec::new();
        while !input.is_empty() {
            branches.push(input.parse()?);
        }
        Ok(Self { head, branches })
    }
}

impl Parse for Branch {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let mut head = TokenStream::new();
        while !input.peek(Token![=]) && !input.peek(Token![=>]) {
            head.extend([input.parse::<TokenTree>()?]);
        }
        let mut future = None;
        let mut condition = TokenStream::new();
        if !input.peek(Token![=>]) {
            input.parse::<Token![=]>()?.to_tokens(&mut head);
            future = Some(input.parse()?);
            while !input.peek(Token![=>]) {
                condition.extend([input.parse::<TokenTree>()?]);
            }
        }
        Ok(Self {
            head,
            future,
            condition,
            arrow: input.parse()?,
            handler: if input.peek(token::Brace) { Expr::Block(input.parse()?) } else { input.parse()? },
            comma: input.parse()?,
        })
    }
}

impl ToTokens for Branches {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.head.to_tokens(tokens);
        tokens.extend(self.branches.iter().map(ToTokens::to_token_stream));
    }
}

impl ToTokens for Branch {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { head, future, condition, arrow, handler, comma } = self;
        tokens.extend(quote!(#head #future #condition #arrow #handler #comma));
    }
}
