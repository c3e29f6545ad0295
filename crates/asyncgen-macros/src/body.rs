//! The body's syntax tree, and what its keywords become.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::token::{Brace, Paren};
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Block, Expr, ExprBlock, ExprBreak, ExprTry, Ident, Macro, Stmt, Token};

use crate::expand::{Kind, Krate};
use crate::layers::{Layer, Way};
use crate::nested::{self, Place};
use crate::syntax;

/// The body on its way, and what is to be known of it afterwards.
#[allow(clippy::struct_excessive_bools, reason = "each is another thing to be known")]
pub(crate) struct Body<'k> {
    pub(crate) kind: Kind,
    pub(crate) krate: &'k Krate,
    /// Where the body begins.
    pub(crate) start: Span,
    /// What is around the current point, from the outside in.
    pub(crate) layers: Vec<Layer>,
    /// The last number that was given to something.
    pub(crate) numbers: usize,
    /// The body ends with a `Result`, not with `()`.
    pub(crate) returns_result: bool,
    /// The type of the value that it ends with, if it has one.
    pub(crate) returns: Option<TokenStream>,
    pub(crate) errors: Vec<syn::Error>,
    /// Something is yielded.
    pub(crate) yields: bool,
    /// There is something that raises an error of the body's own.
    pub(crate) has_errors: bool,
    /// There may be, as far as the tokens tell.
    pub(crate) knows_errors: bool,
    /// Nothing that a loop goes over may raise an error that would leave the body; there is such a loop.
    pub(crate) errorless: bool,
    pub(crate) has_errorless: bool,
    /// The first whose error may leave the body.
    pub(crate) leaks: Option<Span>,
    /// The number of macros whose arguments the current point is in.
    pub(crate) in_arguments: usize,
    /// Counts what was rewritten.
    pub(crate) changes: usize,
    /// Something was rewritten in the arguments of a macro, which so gets to see the yielder.
    pub(crate) shows_yielder: bool,
    /// A macro that the body defines yields.
    pub(crate) has_yielding_macros: bool,
    /// It delegates.
    pub(crate) delegates: bool,
}

impl<'k> Body<'k> {
    pub(crate) fn new(kind: Kind, krate: &'k Krate, start: Span) -> Self {
        Self {
            kind,
            krate,
            start,
            layers: Vec::new(),
            numbers: 0,
            returns_result: false,
            returns: None,
            errors: Vec::new(),
            yields: false,
            has_errors: false,
            knows_errors: false,
            errorless: kind == Kind::Stream,
            has_errorless: false,
            leaks: None,
            in_arguments: 0,
            changes: 0,
            shows_yielder: false,
            has_yielding_macros: false,
            delegates: false,
        }
    }

    /// Where everything is that the macros expand to.
    pub(crate) fn private(&self, span: Span) -> TokenStream {
        self.krate.private(span)
    }

    pub(crate) fn error(&mut self, span: Span, message: impl core::fmt::Display) -> TokenStream {
        self.errors.push(syn::Error::new(span, message));
        quote!(())
    }

    /// A span at this place for what is the macro's own.
    pub(crate) fn own(&self, at: Span) -> Span {
        self.krate.own(at)
    }

    /// The yielder, which only the macro can name.
    pub(crate) fn yielder(span: Span) -> Ident {
        Ident::new("__yielder", span)
    }

    /// What says which yielder is the body's own. No macro gets to see this name, nor anything else of its hygiene.
    pub(crate) fn own_mailbox(span: Span) -> Ident {
        Ident::new("__own", Span::mixed_site().located_at(span))
    }

    /// The statements of a block that `syn` has not seen yet, visited, or nothing if they are no statements.
    pub(crate) fn statements(&mut self, tokens: TokenStream) -> TokenStream {
        let mut statements = self.parse(tokens);
        self.visit(&mut statements);
        quote!(#(#statements)*)
    }

    pub(crate) fn visit(&mut self, statements: &mut [Stmt]) {
        let last = statements.len().saturating_sub(1);
        for (at, statement) in statements.iter_mut().enumerate() {
            // Of a macro's call in braces, nobody wants a value but at the end.
            if let (Stmt::Macro(call), true) = (&mut *statement, at < last) {
                call.semi_token.get_or_insert_with(|| Token![;](self.own(Span::call_site())));
            }
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

    /// An operand, visited, or `()`.
    fn operand(&mut self, operand: Option<&mut Expr>, span: Span) -> TokenStream {
        let Some(operand) = operand else { return quote_spanned!(span=> ()) };
        self.visit_expr_mut(operand);
        self.own_delimiters(operand);
        operand.to_token_stream()
    }

    /// A yield. It hands the value over, and then waits for what is sent. In the arguments of a macro it is a future
    /// that may be dropped half-way, for all that is known; everywhere else it needs no room in the body.
    fn yield_(&mut self, value: Option<&mut Expr>, span: Span) -> TokenStream {
        self.refuse_where_it_cannot_be("yield", span);
        let user_span = span;
        let span = self.own(span);
        let before = self.changes;
        let end = value.as_ref().and_then(|value| value.to_token_stream().into_iter().last());
        let end = end.map_or(user_span, |token| token.span());
        let value = self.operand(value, span);
        let uses_yielder = self.changes > before || self.has_yielding_macros;
        self.changes += 1;
        let (private, yielder) = (self.private(span), Self::yielder(span));
        let [sent, exception, evaluated] = ["__sent", "__exception", "__value"].map(|name| Ident::new(name, span));
        // The yielder comes first, as it tells what is expected of the value, unless the value uses it as well.
        let with_value = |function: &str| {
            let function = Ident::new(function, span);
            if uses_yielder {
                quote_spanned!(span=> match #value { #evaluated => #private::#function(&mut #yielder, #evaluated) })
            } else {
                quote_spanned!(span=> #private::#function(&mut #yielder, #value))
            }
        };
        let raise = self.protects().then(|| self.raise_here(&exception.to_token_stream(), None, user_span));
        if self.in_arguments > 0 {
            return match raise {
                None => {
                    let future = with_value("yield_");
                    quote_spanned!(span=> (#future).await)
                }
                Some(raise) => {
                    let future = with_value("try_yield");
                    quote_spanned! {span=>
                    (match (#future).await {
                        #private::Ok(#sent) => #sent,
                        #private::Err(#exception) => #raise,
                    })
                    }
                }
            };
        }
        let take = match &raise {
            // (All cases are there, so that the name can't be a constant of the user's that fits some values only.)
            None => quote_spanned! {span=>
                match #private::take_sent(&mut #yielder) {
                    #private::Some(#sent) => break #sent,
                    #private::None => {}
                }
            },
            Some(raise) => quote_spanned! {span=>
                match #private::resumed(&mut #yielder) {
                    #private::Resumed::Sent(#sent) => break #sent,
                    #private::Resumed::Raised(#exception) => #raise,
                    #private::Resumed::Not => {}
                }
            },
        };
        let hand_over = match &raise {
            None => with_value("hand_over"),
            Some(raise) => {
                let hand_over = with_value("try_hand_over");
                quote_spanned!(span=> if let #private::Some(#exception) = (#hand_over) { #raise })
            }
        };
        let sent = quote_spanned! {span=> {
            #hand_over;
            loop {
                #private::SUSPEND.await;
                #take
            }
        }};
        match self.kind {
            Kind::Generator | Kind::Block => self.as_written(&sent, user_span, end),
            // What is sent to a stream is nothing. In parentheses, as in `for i in 0..yield n { .. }` a block would be taken for
            // the loop's.
            Kind::Stream | Kind::TryStream => quote_spanned!(span=> (#sent)),
        }
    }

    /// What a keyword evaluates to, as an expression that stands where it was written, and is said to be the user's own: so
    /// the compiler points there if it isn't used, and what clippy proposes has the user's code in it.
    fn as_written(&self, value: &TokenStream, start: Span, end: Span) -> TokenStream {
        let span = self.own(start);
        let private = self.private(span);
        // A call of a method, as no lint is about that. (Its own methods come before those of all traits.)
        let mut evaluated = Group::new(Delimiter::Parenthesis, quote_spanned!(span=> #private::Evaluated(#value)));
        evaluated.set_span(start);
        let (dot, method) = (Token![.](start), Ident::new("__asyncgen_value", start));
        let mut arguments = Group::new(Delimiter::Parenthesis, TokenStream::new());
        arguments.set_span(end);
        quote!(#evaluated #dot #method #arguments)
    }

    /// `yield from`: in constant time, if the body waits for nothing but what is awaited here. (In the arguments of a macro
    /// it may, for all that is known.)
    fn delegate(&mut self, keyword: &mut ExprBreak, is_wanted: bool) -> TokenStream {
        let (span, generator) = (keyword.break_token.span, syntax::operand(keyword));
        self.refuse_where_it_cannot_be("yield from", span);
        self.yields = true;
        self.delegates = true;
        let user_span = span;
        let span = self.own(span);
        let generator = self.operand(generator, span);
        self.changes += 1;
        let (private, yielder) = (self.private(span), Self::yielder(span));
        let [returned, exception, ending] = ["__value", "__exception", "__ending"].map(|name| Ident::new(name, span));
        // What the compiler has to say about the generator, it says there.
        let at_generator = generator.clone().into_iter().next().map_or(span, |token: TokenTree| self.own(token.span()));
        let value = Ident::new("__generator", at_generator);
        let delegation = if self.in_arguments == 0 {
            let unsafe_ = self.krate.unsafe_();
            // SAFETY: it is awaited where it is made, in the body itself, or inside a future that is.
            let own = Self::own_mailbox(span);
            quote_spanned!(span=> #unsafe_ { #private::yield_from_in_body(#value, &mut #yielder, #own) })
        } else {
            quote_spanned!(span=> #private::yield_from(#value, &mut #yielder))
        };
        // Its value is asked for where it is used alone.
        let (find_ending, ending) = if is_wanted {
            let find = quote_spanned! {span=>
                let #ending = {
                    #[allow(unused_imports)]
                    use #private::{IsNotReturning as _, IsReturning as _};
                    (&&#private::Probe::of(&#value)).__asyncgen_ending()
                };
            };
            (find, quote_spanned!(span=> #ending))
        } else {
            (TokenStream::new(), quote_spanned!(span=> #private::WithoutValue))
        };
        let outcome = if self.protects() {
            let raise = self.raise_here(&exception.to_token_stream(), self.error_of_another(user_span), user_span);
            quote_spanned! {span=>
                match #private::delegating(#ending, #delegation).await {
                    #private::Ok(#returned) => #returned,
                    #private::Err(#exception) => #raise,
                }
            }
        } else {
            self.leaks = self.leaks.or(self.error_of_another(user_span));
            if is_wanted {
                quote_spanned!(span=> #private::valued(#ending, #delegation).await)
            } else {
                quote_spanned!(span=> #delegation.await)
            }
        };
        // What has another error type, or is a stream, becomes a generator that can be delegated to.
        let private_there = self.private(at_generator);
        let alike = quote_spanned! {at_generator=>
            let #value = {
                #[allow(unused_imports)]
                use #private_there::{
                    IsAlikeInside as _, IsConvertedInside as _, IsErrorlessInside as _, IsAlike as _, IsClosableOfItems as _,
                    IsClosableOfResults as _, IsConverted as _, IsErrorless as _, IsNothingKnown as _, IsOfItems as _,
                    IsOfResults as _,
                };
                (&&&&&&&&&&&#private_there::Source::of(&#value, &mut #yielder)).__asyncgen_source()
            }
            .__asyncgen_generator(#value);
        };
        quote_spanned!(span=> (match #generator { #value => { #alike #find_ending #outcome } }))
    }

    /// Notes that an error may leave the body from here, if it may.
    pub(crate) fn leaks_here(&mut self, span: Span) {
        if !self.in_scope() && self.hidden().is_none() {
            self.leaks.get_or_insert(span);
        }
    }

    /// What another generator raises is an error of the body's own, if that has any.
    pub(crate) fn error_of_another(&self, span: Span) -> Option<Span> {
        self.knows_errors.then_some(span)
    }

    /// An await, in a scope: an exception that comes meanwhile drops what is awaited.
    fn await_(&mut self, base: &Expr, span: Span) -> TokenStream {
        let user_span = span;
        let span = self.own(span);
        let exception = Ident::new("__exception", span);
        let raise = self.raise_here(&exception.to_token_stream(), None, user_span);
        let interrupt = self.interrupt("interruptible", &base.to_token_stream(), &raise, span);
        quote_spanned!(span=> (#interrupt))
    }

    /// What comes of a future, unless `raise` is done with an exception that comes meanwhile.
    pub(crate) fn interrupt(&self, how: &str, future: &TokenStream, raise: &TokenStream, span: Span) -> TokenStream {
        let (private, yielder) = (self.private(span), Self::yielder(span));
        let [how, value, exception] = [how, "__value", "__exception"].map(|name| Ident::new(name, span));
        // (In a variable of its own, it needs no room in the body for as long as the statement's temporaries do.)
        quote_spanned! {span=>
            match #private::#how(#future, &mut #yielder).await {
                #value => match #value {
                    #private::Ok(#value) => #value,
                    #private::Err(#exception) => #raise,
                },
            }
        }
    }

    /// A `?`, if it can't be left as it is written.
    fn question_mark(&mut self, raising: &mut ExprTry) -> Option<TokenStream> {
        let user_span = raising.question_token.span;
        self.has_errors = true;
        // It returns what it raises, from the body or from the `async` block around a macro's call.
        let is_hidden = self.hidden().is_some();
        if self.returns_result && (is_hidden || !self.protects()) {
            if !is_hidden {
                self.leaks.get_or_insert(user_span);
            }
            return None;
        }
        let span = self.own(user_span);
        let private = self.private(span);
        let [value, error] = ["__value", "__error"].map(|name| Ident::new(name, span));
        let exception = quote_spanned!(span=> #private::error(#error));
        let raise = self.raise_here(&exception, Some(user_span), user_span);
        self.own_delimiters(&mut raising.expr);
        let result = &raising.expr;
        Some(quote_spanned! {span=>
            (match #private::branch(#result) {
                #private::Ok(#value) => #value,
                #private::Err(#error) => #raise,
            })
        })
    }

    fn macro_call(&mut self, mac: &mut Macro, use_: Use) -> Option<Expr> {
        if syntax::is_try(mac) {
            let span = mac.path.segments.first().map_or_else(Span::call_site, |keyword| keyword.ident.span());
            self.refuse_in_hidden("try", span);
            let span = self.own(span);
            return Some(block(&self.try_block(mac.tokens.clone(), span), span));
        }
        if mac.path.is_ident("raise") {
            return Some(Expr::Verbatim(self.raise(mac)));
        }
        self.other_macro(mac, use_)
    }

    fn raise(&mut self, mac: &Macro) -> TokenStream {
        let user_span = mac.path.segments.first().map_or_else(Span::call_site, |name| name.ident.span());
        let tokens = syntax::desugar(mac.tokens.clone(), &mut self.errors);
        if tokens.is_empty() {
            self.has_errors = true;
            return self.error(
                user_span,
                "`raise!` needs an exception: `raise!(error)`; to raise one again that was caught, \
                 name it: `catch error { raise!(error) }`",
            );
        }
        let mut exception = match syn::parse2(tokens) {
            Ok(exception) => exception,
            Err(error) => {
                self.errors.push(error);
                return TokenStream::new();
            }
        };
        let span = self.own(user_span);
        let private = self.private(span);
        if matches!(&exception, Expr::Path(path) if syntax::is_generator_exit(&path.path)) {
            return self.raise_here(&quote_spanned!(span=> #private::Exception::GeneratorExit), None, user_span);
        }
        self.has_errors = true;
        self.visit_expr_mut(&mut exception);
        let exception = quote_spanned!(span=> #private::exception(#exception));
        self.raise_here(&exception, Some(user_span), user_span)
    }

    fn refuse_where_it_cannot_be(&mut self, keyword: &str, span: Span) {
        if self.kind == Kind::Block {
            let message =
                format!("`{keyword}` in `async_block!`, which yields to nobody: `async_gen!` makes a generator");
            self.error(span, message);
        }
        self.refuse_in_hidden(keyword, span);
    }

    /// What uses the yielder can't be in the arguments of a macro call that was put into an `async` block.
    pub(crate) fn refuse_in_hidden(&mut self, keyword: &str, span: Span) {
        if let Some(name) = self.hidden() {
            let message = format!(
                "`{keyword}` in the arguments of `{name}!` inside of a `try` block or a `for await` loop, which may put it \
                 outside of that: write it before, and give its value to the macro (of `select!`, it can be in a handler)"
            );
            self.error(span, message);
        }
    }
}

/// Where a macro's call stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    Expression,
    /// Its value is thrown away.
    Statement,
    /// It may have a value.
    LastStatement,
}

/// A block, as an expression that may be a statement.
pub(crate) fn block(tokens: &TokenStream, span: Span) -> Expr {
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
                return Some(Expr::Verbatim(self.delegate(keyword, true)));
            }

            Expr::Break(way) => {
                visit_mut::visit_expr_break_mut(self, way);
                let value = way.expr.as_ref().map(ToTokens::to_token_stream);
                let to = self.way_to(way.label.as_ref(), Way::Break)?;
                return self.leave(to, value.as_ref(), way.break_token.span).map(Expr::Verbatim);
            }
            Expr::Continue(way) => {
                let to = self.way_to(way.label.as_ref(), Way::Continue)?;
                return self.leave(to, None, way.continue_token.span).map(Expr::Verbatim);
            }
            Expr::Return(way) => {
                visit_mut::visit_expr_return_mut(self, way);
                let value = way.expr.as_ref().map(ToTokens::to_token_stream);
                if let Some(value) = way.expr.as_deref() {
                    self.returns(value, way.return_token.span);
                }
                return self.leave(Way::Return, value.as_ref(), way.return_token.span).map(Expr::Verbatim);
            }
            Expr::Await(awaited) => {
                self.visit_expr_mut(&mut awaited.base);
                if self.interruptible() {
                    self.own_delimiters(&mut awaited.base);
                    return Some(Expr::Verbatim(self.await_(&awaited.base, awaited.await_token.span)));
                }
            }
            Expr::Try(raising) => {
                self.visit_expr_mut(&mut raising.expr);
                return self.question_mark(raising).map(Expr::Verbatim);
            }

            Expr::ForLoop(around) => {
                if let Some(pattern) = syntax::for_await_pattern(&around.pat) {
                    let pattern = pattern.clone();
                    let span = around.for_token.span;
                    self.refuse_in_hidden("for await", span);
                    let span = self.own(span);
                    return Some(block(&self.for_await(pattern, around, span), span));
                }
                self.visit_expr_mut(&mut around.expr);
                self.inside_target(&mut around.label, true, |body| body.visit_block_mut(&mut around.body));
            }
            Expr::While(around) => self.inside_target(&mut around.label, true, |body| {
                body.visit_expr_mut(&mut around.cond);
                body.visit_block_mut(&mut around.body);
            }),
            Expr::Loop(around) => {
                self.inside_target(&mut around.label, true, |body| body.visit_block_mut(&mut around.body));
            }
            Expr::Block(around) if around.label.is_some() => {
                self.inside_target(&mut around.label, false, |body| body.visit_block_mut(&mut around.block));
            }

            // Parentheses and braces around a keyword alone become the macro's own, for otherwise the compiler would warn that
            // they aren't needed, and propose to remove them together with the value: the keyword alone is where it stands.
            Expr::Paren(around) => {
                self.visit_expr_mut(&mut around.expr);
                if is_new(&around.expr) {
                    self.own_delimiters(expr);
                }
            }
            Expr::Block(around) => {
                self.visit_block_mut(&mut around.block);
                if matches!(&around.block.stmts[..], [Stmt::Expr(last, None)] if is_new(last)) {
                    self.own_delimiters(expr);
                }
            }
            Expr::Macro(call) => return self.macro_call(&mut call.mac, Use::Expression),
            Expr::Closure(_) => nested::refuse_expr(Place::Closure, expr, &mut self.errors),
            Expr::Async(_) => nested::refuse_expr(Place::AsyncBlock, expr, &mut self.errors),
            Expr::Const(_) => nested::refuse_expr(Place::Item, expr, &mut self.errors),
            _ => visit_mut::visit_expr_mut(self, expr),
        }
        None
    }

    /// Parentheses or braces become the macro's own: where they stand now, the compiler would propose to remove them.
    fn own_delimiters(&self, expr: &mut Expr) {
        match expr {
            Expr::Paren(around) => around.paren_token = Paren(self.own(around.paren_token.span.join())),
            Expr::Block(around) => {
                around.block.brace_token = Brace(self.own(around.block.brace_token.span.join()));
            }
            _ => {}
        }
    }

    /// A `return` with a value, which may be an error. No `try` catches it.
    fn returns(&mut self, value: &Expr, span: Span) {
        let is_error = syntax::is_err(value);
        self.has_errors |= is_error;
        if is_error || self.knows_errors {
            self.leaks.get_or_insert(span);
        }
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
        Expr::Await(keyword) => &keyword.attrs,
        Expr::Break(keyword) => &keyword.attrs,
        Expr::Continue(keyword) => &keyword.attrs,
        Expr::Return(keyword) => &keyword.attrs,
        Expr::ForLoop(keyword) => &keyword.attrs,
        Expr::Macro(keyword) => &keyword.attrs,
        Expr::Try(keyword) => &keyword.attrs,
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

    fn visit_block_mut(&mut self, block: &mut Block) {
        self.visit(&mut block.stmts);
    }

    fn visit_stmt_mut(&mut self, statement: &mut Stmt) {
        match statement {
            Stmt::Macro(call) => {
                let use_ = if call.semi_token.is_some() { Use::Statement } else { Use::LastStatement };
                if let Some(new) = self.macro_call(&mut call.mac, use_) {
                    *statement = Stmt::Expr(attributed(&call.attrs, new), call.semi_token);
                }
            }
            // As a statement: nobody wants its value.
            Stmt::Expr(expr @ Expr::Break(_), Some(_)) => match expr {
                Expr::Break(keyword) if syntax::is_yield_from(keyword.label.as_ref()) => {
                    let new = Expr::Verbatim(self.delegate(keyword, false));
                    *expr = attributed(attributes(expr), new);
                }
                _ => visit_mut::visit_stmt_mut(self, statement),
            },
            _ => visit_mut::visit_stmt_mut(self, statement),
        }
    }

    fn visit_item_mut(&mut self, item: &mut syn::Item) {
        if let syn::Item::Macro(syn::ItemMacro { ident: Some(_), mac, .. }) = item {
            mac.tokens = self.rules(mac.tokens.clone());
        }
        nested::refuse_item(item, &mut self.errors);
    }
}
