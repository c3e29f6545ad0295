//! The body's syntax tree, and what its keywords become.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::token::{Brace, Paren};
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Block, Expr, ExprBlock, Ident, Macro, Stmt};

use crate::expand::Kind;
use crate::frame::{Frame, Way};
use crate::nested::{self, Place};
use crate::syntax;

/// The body on its way, and what is to be known of it afterwards.
#[allow(clippy::struct_excessive_bools, reason = "each is another thing to be known")]
pub(crate) struct Body<'k> {
    pub(crate) kind: Kind,
    krate: &'k TokenStream,
    /// Where the body begins.
    pub(crate) start: Span,
    pub(crate) frames: Vec<Frame>,
    /// The body ends with a `Result`, not with `()`.
    pub(crate) returns_result: bool,
    /// The number of `try` blocks around the current point that let no error out.
    pub(crate) caught: usize,
    pub(crate) errors: Vec<syn::Error>,
    /// Something is yielded.
    pub(crate) yields: bool,
    /// There is a `?` or a `raise!`.
    pub(crate) has_errors: bool,
    /// The first whose error may leave the body.
    pub(crate) raises: Option<Span>,
    /// The number of macros whose arguments the current point is in.
    pub(crate) in_arguments: usize,
    /// Counts what was rewritten.
    pub(crate) changes: usize,
    /// Something was rewritten in the arguments of a macro, which so gets to see the yielder.
    pub(crate) shows_yielder: bool,
}

impl<'k> Body<'k> {
    pub(crate) fn new(kind: Kind, krate: &'k TokenStream, start: Span) -> Self {
        Self {
            kind,
            krate,
            start,
            frames: vec![Frame::default()],
            returns_result: false,
            caught: 0,
            errors: Vec::new(),
            yields: false,
            has_errors: false,
            raises: None,
            in_arguments: 0,
            changes: 0,
            shows_yielder: false,
        }
    }

    pub(crate) fn frame(&mut self) -> &mut Frame {
        if self.frames.is_empty() {
            self.frames.push(Frame::default());
        }
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    /// Where everything is that the macros expand to. (It is said to stand at `span`, as otherwise the messages of the
    /// compiler would point at the whole macro.)
    pub(crate) fn private(&self, span: Span) -> TokenStream {
        let mut krate: Vec<_> = self.krate.clone().into_iter().collect();
        for token in &mut krate {
            token.set_span(token.span().located_at(span));
        }
        quote_spanned!(span=> #(#krate)*::__private)
    }

    pub(crate) fn error(&mut self, span: Span, message: impl core::fmt::Display) -> TokenStream {
        self.errors.push(syn::Error::new(span, message));
        quote!(())
    }

    /// The yielder, which only the macro can name.
    pub(crate) fn yielder(span: Span) -> Ident {
        Ident::new("__yielder", Span::mixed_site().located_at(span))
    }

    /// The statements of a block that `syn` has not seen yet, visited, or nothing if they are no statements.
    pub(crate) fn statements(&mut self, tokens: TokenStream) -> TokenStream {
        let mut statements = self.parse(tokens);
        self.visit(&mut statements);
        quote!(#(#statements)*)
    }

    pub(crate) fn visit(&mut self, statements: &mut [Stmt]) {
        for statement in statements {
            self.visit_stmt_mut(statement);
        }
    }

    pub(crate) fn parse(&mut self, tokens: TokenStream) -> Vec<Stmt> {
        let before = self.errors.len();
        let tokens = syntax::desugar(tokens, &mut self.errors);
        syn::parse::Parser::parse2(Block::parse_within, tokens).unwrap_or_else(|error| {
            // `syn` need not say what was said already.
            if self.errors.len() == before {
                self.errors.push(error);
            }
            Vec::new()
        })
    }

    /// `method` of the yielder, called with `argument`. The argument may use the yielder itself.
    fn call(&mut self, method: &str, argument: Option<&mut Expr>, span: Span) -> TokenStream {
        let before = self.changes;
        let argument = if let Some(argument) = argument {
            self.visit_expr_mut(argument);
            argument.to_token_stream()
        } else {
            quote_spanned!(span=> ())
        };
        let uses_yielder = self.changes > before;
        self.changes += 1;
        let yielder = Self::yielder(span);
        let method = Ident::new(method, Span::mixed_site().located_at(span));
        // From the keyword's first to the value's last token, so that messages show the whole.
        let end = argument.clone().into_iter().last().map_or(span, |token: TokenTree| token.span());
        let end = Span::mixed_site().located_at(end);
        let span = Span::mixed_site().located_at(span);
        let dot = quote_spanned!(span=> .);
        let and_wait = quote_spanned!(end=> .await);
        if uses_yielder {
            let value = Ident::new("__value", Span::mixed_site());
            quote!(match #argument { #value => #yielder #dot #method(#value) #and_wait })
        } else {
            quote!(#yielder #dot #method(#argument) #and_wait)
        }
    }

    /// A yield. It hands the value over, and then waits for what is sent. In the arguments of a macro it is a future
    /// that may be dropped half-way, for all that is known; everywhere else it needs no room in the body.
    fn yield_(&mut self, value: Option<&mut Expr>, span: Span) -> TokenStream {
        if self.in_arguments > 0 {
            return self.call("yield_", value, span);
        }
        let before = self.changes;
        let span = Span::mixed_site().located_at(span);
        let value = if let Some(value) = value {
            self.visit_expr_mut(value);
            value.to_token_stream()
        } else {
            quote_spanned!(span=> ())
        };
        let uses_yielder = self.changes > before;
        self.changes += 1;
        let (private, yielder) = (self.private(span), Self::yielder(span));
        let sent = Ident::new("__sent", span);
        let hand_over = if uses_yielder {
            let evaluated = Ident::new("__value", span);
            quote_spanned!(span=> match #value { #evaluated => #yielder.hand_over(#evaluated) })
        } else {
            quote_spanned!(span=> #yielder.hand_over(#value))
        };
        // In parentheses, as in `for i in 0..yield n { .. }` a block would be taken for the loop's.
        quote_spanned! {span=> ({
            #hand_over;
            loop {
                #private::Suspend::default().await;
                if let ::core::option::Option::Some(#sent) = #yielder.take_sent() {
                    break #sent;
                }
            }
        })}
    }

    /// Does the body wait for nothing but what is awaited here? Not in the arguments of a macro, for all that is known.
    /// (In clean-up, where exceptions wait, a delegation has to be in between.)
    fn waits_directly(&self) -> bool {
        self.in_arguments == 0 && !self.frames.iter().any(Frame::is_clean_up)
    }

    /// `yield from`, in constant time.
    fn delegate(&mut self, generator: &mut Expr, span: Span) -> TokenStream {
        self.visit_expr_mut(generator);
        self.changes += 1;
        let span = Span::mixed_site().located_at(span);
        let (private, yielder) = (self.private(span), Self::yielder(span));
        let value = Ident::new("__generator", span);
        quote_spanned! {span=>
            match #generator {
                // SAFETY: it is awaited here, in the body itself.
                #value => unsafe { #private::yield_from_directly(#yielder.lend(), #value) }.await,
            }
        }
    }

    pub(crate) fn raises(&mut self, span: Span) {
        self.has_errors = true;
        if self.caught == 0 {
            self.raises.get_or_insert(span);
        }
    }

    fn macro_call(&mut self, mac: &mut Macro) -> Option<Expr> {
        if syntax::is_try(mac) {
            let span = mac.path.segments.first().map_or_else(Span::call_site, |keyword| keyword.ident.span());
            let span = Span::mixed_site().located_at(span);
            return Some(block(&self.try_block(mac.tokens.clone(), span), span));
        }
        if mac.path.is_ident("raise") {
            return Some(Expr::Verbatim(self.raise(mac)));
        }
        self.arguments(mac);
        None
    }

    fn raise(&mut self, mac: &Macro) -> TokenStream {
        let span = mac.path.segments.first().map_or_else(Span::call_site, |name| name.ident.span());
        let tokens = syntax::desugar(mac.tokens.clone(), &mut self.errors);
        self.raises(span);
        if tokens.is_empty() {
            return self.error(
                span,
                "`raise!` needs an exception: `raise!(error)`; to raise one again that was caught, \
                 name it: `catch error { raise!(error) }`",
            );
        }
        match syn::parse2(tokens) {
            Ok(mut exception) => {
                let before = self.changes;
                self.visit_expr_mut(&mut exception);
                let uses_yielder = self.changes > before;
                self.changes += 1;
                let span = Span::mixed_site().located_at(span);
                let (private, yielder) = (self.private(span), Self::yielder(span));
                if uses_yielder {
                    let value = Ident::new("__value", Span::mixed_site());
                    quote_spanned! {span=>
                        match #exception { #value => match #private::raise(#yielder.lend(), #value).await {} }
                    }
                } else {
                    quote_spanned!(span=> match #private::raise(#yielder.lend(), #exception).await {})
                }
            }
            Err(error) => {
                self.errors.push(error);
                TokenStream::new()
            }
        }
    }
}

/// A block, as an expression that may be a statement.
fn block(tokens: &TokenStream, span: Span) -> Expr {
    let statements = vec![Stmt::Expr(Expr::Verbatim(tokens.clone()), None)];
    Expr::Block(ExprBlock {
        attrs: Vec::new(),
        label: None,
        block: Block { brace_token: Brace(span), stmts: statements },
    })
}

impl Body<'_> {
    /// Visits an expression. What it becomes, if it is a keyword.
    fn keyword(&mut self, expr: &mut Expr) -> Option<Expr> {
        match expr {
            Expr::Break(keyword) if syntax::is_yield(keyword.label.as_ref()) => {
                self.yields = true;
                let span = keyword.break_token.span;
                return Some(Expr::Verbatim(self.yield_(syntax::operand(keyword), span)));
            }
            Expr::Break(keyword) if syntax::is_yield_from(keyword.label.as_ref()) => {
                self.yields = true;
                let span = keyword.break_token.span;
                return Some(Expr::Verbatim(match syntax::operand(keyword) {
                    Some(generator) if self.waits_directly() => self.delegate(generator, span),
                    generator => self.call("yield_from", generator, span),
                }));
            }

            Expr::Break(way) => {
                visit_mut::visit_expr_break_mut(self, way);
                let value = way.expr.as_ref().map(ToTokens::to_token_stream);
                let left = self.leave(Way::Break(way.label.clone()), value.as_ref(), way.break_token.span);
                return left.map(Expr::Verbatim);
            }
            Expr::Continue(way) => {
                let left = self.leave(Way::Continue(way.label.clone()), None, way.continue_token.span);
                return left.map(Expr::Verbatim);
            }
            Expr::Return(way) => {
                visit_mut::visit_expr_return_mut(self, way);
                if let Some(span) = way.expr.as_deref().and_then(syntax::err_name) {
                    self.has_errors = true;
                    self.raises.get_or_insert(span); // No `try` catches it.
                }
                let value = way.expr.as_ref().map(ToTokens::to_token_stream);
                return self.leave(Way::Return, value.as_ref(), way.return_token.span).map(Expr::Verbatim);
            }
            Expr::Try(raising) => {
                self.visit_expr_mut(&mut raising.expr);
                self.raises(raising.question_token.span);
            }

            Expr::ForLoop(around) => {
                if let Some(pattern) = syntax::for_await_pattern(&around.pat) {
                    let pattern = pattern.clone();
                    let span = Span::mixed_site().located_at(around.for_token.span);
                    return Some(block(&self.for_await(pattern, around, span), span));
                }
                self.visit_expr_mut(&mut around.expr);
                self.inside(around.label.as_ref(), true, |body| body.visit_block_mut(&mut around.body));
            }
            Expr::While(around) => self.inside(around.label.as_ref(), true, |body| {
                body.visit_expr_mut(&mut around.cond);
                body.visit_block_mut(&mut around.body);
            }),
            Expr::Loop(around) => {
                self.inside(around.label.as_ref(), true, |body| body.visit_block_mut(&mut around.body));
            }
            Expr::Block(around) if around.label.is_some() => {
                self.inside(around.label.as_ref(), false, |body| body.visit_block_mut(&mut around.block));
            }

            // Parentheses and braces around a keyword alone become the macro's own, for otherwise the compiler would warn that
            // they aren't needed, and propose to remove them together with the value: the keyword alone is where it stands.
            Expr::Paren(around) => {
                self.visit_expr_mut(&mut around.expr);
                if is_new(&around.expr) {
                    around.paren_token = Paren(Span::mixed_site().located_at(around.paren_token.span.join()));
                }
            }
            Expr::Block(around) => {
                self.visit_block_mut(&mut around.block);
                if matches!(&around.block.stmts[..], [Stmt::Expr(last, None)] if is_new(last)) {
                    let brace = &mut around.block.brace_token;
                    *brace = Brace(Span::mixed_site().located_at(brace.span.join()));
                }
            }
            Expr::Macro(call) => return self.macro_call(&mut call.mac),
            Expr::Closure(_) => nested::refuse_expr(Place::Closure, expr, &mut self.errors),
            Expr::Async(_) => nested::refuse_expr(Place::AsyncBlock, expr, &mut self.errors),
            Expr::Const(_) => nested::refuse_expr(Place::Item, expr, &mut self.errors),
            _ => visit_mut::visit_expr_mut(self, expr),
        }
        None
    }
}

/// Has the macro made it of a keyword?
fn is_new(expr: &Expr) -> bool {
    match expr {
        Expr::Verbatim(_) => true,
        Expr::Block(block) => matches!(&block.block.stmts[..], [Stmt::Expr(Expr::Verbatim(_), None)]),
        _ => false,
    }
}

/// The attributes of what may be a keyword.
fn attributes(expr: &Expr) -> &[Attribute] {
    match expr {
        Expr::Break(keyword) => &keyword.attrs,
        Expr::Continue(keyword) => &keyword.attrs,
        Expr::Return(keyword) => &keyword.attrs,
        Expr::ForLoop(keyword) => &keyword.attrs,
        Expr::Macro(keyword) => &keyword.attrs,
        _ => &[],
    }
}

/// What a keyword has become, with the keyword's attributes: a `#[cfg]` or an `#[allow]` is about both.
fn attributed(attrs: &[Attribute], new: Expr) -> Expr {
    match new {
        Expr::Block(new) => Expr::Block(ExprBlock { attrs: attrs.to_vec(), ..new }),
        new => Expr::Verbatim(quote!(#(#attrs)* #new)),
    }
}

impl VisitMut for Body<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if let Some(new) = self.keyword(expr) {
            *expr = attributed(attributes(expr), new);
        }
    }

    fn visit_stmt_mut(&mut self, statement: &mut Stmt) {
        match statement {
            Stmt::Macro(call) => {
                if let Some(new) = self.macro_call(&mut call.mac) {
                    *statement = Stmt::Expr(attributed(&call.attrs, new), call.semi_token);
                }
            }
            _ => visit_mut::visit_stmt_mut(self, statement),
        }
    }

    fn visit_item_mut(&mut self, item: &mut syn::Item) {
        nested::refuse_item(item, &mut self.errors);
    }
}
