//! `try`, `catch` and `finally`.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::parse::{ParseStream, Parser};
use syn::visit_mut::VisitMut;
use syn::{Expr, Pat, Stmt, Token, token};

use crate::body::Body;
use crate::layers::{Layer, Scope, label};
use crate::syntax;

/// What was written, in its parts.
struct Parts {
    body: Group,
    catches: Vec<Clause>,
    finally: Option<Clause>,
}

/// A `catch` or a `finally`.
struct Clause {
    keyword: Ident,
    /// The pattern and the guard, or the name.
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
            let (head, clause) = clause.split_at(syntax::clause_head(clause)?);
            let [TokenTree::Group(block), clause @ ..] = clause else { return None };
            rest = clause;
            let clause =
                Clause { keyword: keyword.clone(), head: head.iter().cloned().collect(), block: block.clone() };
            match (&parts.finally, keyword == "finally") {
                (Some(_), true) => errors.push(syn::Error::new(keyword.span(), "a `try` block has one `finally` only")),
                (Some(_), false) => {
                    errors.push(syn::Error::new(keyword.span(), "`catch` goes before `finally`"));
                }
                (None, true) => parts.finally = Some(clause),
                (None, false) => parts.catches.push(clause),
            }
        }
        Some(parts)
    }
}

impl Body<'_> {
    /// What `tokens`, a `try` block with its clauses, becomes: an expression.
    pub(crate) fn try_block(&mut self, tokens: TokenStream, span: Span) -> TokenStream {
        self.changes += 1;
        let Some(Parts { body, catches, finally }) = Parts::new(tokens, &mut self.errors) else {
            return TokenStream::new();
        };
        match finally {
            Some(finally) => self.finally(&body, catches, finally, span),
            None if catches.is_empty() => self.outcome(&body, span),
            None => self.catch(&body, catches, span),
        }
    }

    fn braced(&mut self, group: &Group) -> TokenStream {
        let statements = self.statements(group.stream());
        self.own_braces(group, statements)
    }

    /// A block where the user's stood, but with braces of the macro's own: the compiler must not propose to remove them.
    fn own_braces(&self, group: &Group, statements: TokenStream) -> TokenStream {
        let mut own = Group::new(group.delimiter(), statements);
        own.set_span(self.own(group.span()));
        own.into_token_stream()
    }

    /// A block that sees no exception of the scope around the `try` block other than by raising one.
    fn handler(&mut self, group: &Group) -> TokenStream {
        self.inside(Layer::Block, |this| this.braced(group)).0
    }

    /// What evaluates to the exception that leaves `block`, and otherwise leaves the scope's whole with `done`, which may
    /// name the block's `__value`. The engine is told of both places.
    fn raising(&mut self, scope: &Scope, block: &TokenStream, done: &TokenStream, span: Span) -> TokenStream {
        let (private, yielder) = (self.private(span), Self::yielder(span));
        let (raise, whole) = (label("raise", scope.number, span), label("try", scope.number, span));
        let value = Ident::new("__value", span);
        let outside = self.stand(&self.place(), span);
        quote_spanned! {span=>
            #raise: {
                // That it is one is known even if nothing is raised.
                if false {
                    break #raise #private::no_exception(&mut #yielder);
                }
                let #value = #block;
                #[allow(unreachable_code)]
                {
                    #outside
                    break #whole #done;
                }
            }
        }
    }

    /// Visits the `try` block, in its scope; tells the engine of it.
    fn scoped(&mut self, body: &Group, scope: Scope, span: Span) -> (TokenStream, Scope) {
        self.inside_scope(scope, |this| {
            let stand = this.stand(&this.place(), span);
            let block = this.braced(body);
            quote_spanned!(span=> { #stand #block })
        })
    }

    /// `try { .. }` alone.
    fn outcome(&mut self, body: &Group, span: Span) -> TokenStream {
        let mut scope = Scope::new(self.new_number());
        scope.catches_errors = true;
        let (block, scope) = self.scoped(body, scope, span);
        let private = self.private(span);
        let [value, exception, error] = ["__value", "__exception", "__error"].map(|name| Ident::new(name, span));
        let raising = self.raising(&scope, &block, &quote_spanned!(span=> #private::Ok(#value)), span);
        let outside = self.stand(&self.place(), span);
        let exit = self.raise_here(&quote_spanned!(span=> #private::Exception::GeneratorExit), None, span);
        let arms = quote_spanned! {span=>
            #private::Exception::Error(#error) => #private::Err(#error),
            #private::Exception::GeneratorExit => #exit,
        };
        // From `try` to its end it is said to be the user's own, so that the compiler points there if it isn't used.
        let keyword = Ident::new("match", span.resolved_at(body.span()));
        let mut arms = Group::new(body.delimiter(), arms);
        arms.set_span(body.span());
        let whole = label("try", scope.number, span);
        quote_spanned! {span=>
            #whole: {
                let #exception = #raising;
                #outside
                #keyword #exception #arms
            }
        }
    }

    /// `try { .. } catch P { .. }`.
    fn catch(&mut self, body: &Group, catches: Vec<Clause>, span: Span) -> TokenStream {
        let arms: Vec<_> = catches.into_iter().filter_map(|catch| self.arm(catch)).collect();
        let catches_exit = arms.iter().any(|arm| arm.is_exit() && arm.guard.is_none());
        let catches_errors = arms.iter().any(Arm::catches_all_errors);
        let mut scope = Scope::new(self.new_number());
        scope.missed = arms.iter().any(Arm::is_exit);
        scope.catches_errors = catches_errors;
        let (block, scope) = self.scoped(body, scope, span);

        let private = self.private(span);
        let [value, exception] = ["__value", "__exception"].map(|name| Ident::new(name, span));
        let raising = self.raising(&scope, &block, &value.to_token_stream(), span);
        let outside = self.stand(&self.place(), span);
        let mut caught = TokenStream::new();
        for mut arm in arms {
            if let Some(guard) = &mut arm.guard {
                self.inside(Layer::Block, |this| this.visit_expr_mut(guard));
            }
            let guard = arm.guard.as_ref().map(|guard| quote!(if #guard));
            let block = self.handler(&arm.block);
            let pattern = &arm.pattern;
            caught.extend(if arm.is_exit() {
                quote_spanned!(span=> #private::Exception::GeneratorExit #guard => #block)
            } else {
                quote_spanned!(span=> #private::Exception::Error(#pattern) #guard => #block)
            });
        }
        if !catches_errors {
            let raise = quote_spanned!(span=> #private::Exception::Error(#exception));
            let raise = self.inside(Layer::Block, |this| this.raise_here(&raise, scope.error, span)).0;
            caught.extend(quote_spanned! {span=>
                #[allow(unreachable_patterns)]
                #private::Exception::Error(#exception) => #raise,
            });
        }
        if !catches_exit {
            let raise = quote_spanned!(span=> #private::Exception::GeneratorExit);
            let raise = self.inside(Layer::Block, |this| this.raise_here(&raise, None, span)).0;
            caught.extend(quote_spanned!(span=> #private::Exception::GeneratorExit => #raise,));
        }
        let whole = label("try", scope.number, span);
        quote_spanned! {span=>
            #whole: {
                let #exception = #raising;
                #outside
                match #exception { #caught }
            }
        }
    }

    /// The name that a `finally` gives the exception which goes through it, if it does; notes what is wrong with it.
    fn name_of_exception(&mut self, head: TokenStream) -> Option<Pat> {
        if head.is_empty() {
            return None;
        }
        let name = match Pat::parse_single.parse2(head.clone()) {
            Ok(Pat::Wild(_)) => true,
            Ok(Pat::Ident(name)) => {
                let is_constant = name.ident.to_string().starts_with(char::is_uppercase);
                name.by_ref.is_none() && name.subpat.is_none() && !is_constant
            }
            _ => false,
        };
        if name {
            return Pat::parse_single.parse2(head).ok();
        }
        let message = "`finally` takes a name for the exception that goes through it, an `Option<&Exception<Error>>`: \
                       `finally exception { .. }`";
        self.errors.push(syn::Error::new_spanned(head, message));
        None
    }

    /// Parses a `catch`, or notes what is wrong with it.
    fn arm(&mut self, Clause { keyword, head, block }: Clause) -> Option<Arm> {
        const NO_TYPE: &str =
            "`catch` takes a pattern, without a type: what is caught is of the generator's own error type";
        if head.is_empty() {
            self.error(
                keyword.span(),
                "`catch` needs a pattern: `catch error { .. }`, or `catch MyError::NotFound { .. }`",
            );
            return None;
        }
        let head = syntax::desugar(head, &mut self.errors);
        let parse = |input: ParseStream| {
            if input.peek(token::Paren) && Pat::parse_single(&input.fork()).is_err() {
                return Err(input.error(NO_TYPE));
            }
            let pattern = Pat::parse_multi_with_leading_vert(input)?;
            if let Some(colon) = input.parse::<Option<Token![:]>>()? {
                return Err(syn::Error::new(colon.span, NO_TYPE));
            }
            let guard = input.parse::<Option<Token![if]>>()?.map(|_| input.parse()).transpose()?;
            if let Some(arrow) = input.parse::<Option<Token![=>]>>()? {
                let message = "`catch` has no `=>`: write `catch PATTERN { .. }`";
                return Err(syn::Error::new_spanned(arrow, message));
            }
            Ok((pattern, guard))
        };
        match parse.parse2(head) {
            Ok((pattern, guard)) => {
                let arm = Arm { pattern, guard, block };
                self.refuse_exception(&arm.pattern);
                Some(arm)
            }
            Err(error) => {
                self.errors.push(error);
                None
            }
        }
    }

    /// `Exception::Error(..)` is how the closure form says it.
    fn refuse_exception(&mut self, pattern: &Pat) {
        let Pat::TupleStruct(around) = pattern else { return };
        let mut path = around.path.segments.iter().rev().map(|segment| &segment.ident);
        if path.next().is_some_and(|last| last == "Error") && path.next().is_some_and(|before| before == "Exception") {
            let inner = around.elems.to_token_stream();
            let message = format!(
                "`catch` catches errors, by patterns of the generator's own error type: write `catch {inner} {{ .. }}` \
                 (closing goes through it; `catch GeneratorExit {{ .. }}` sees that)"
            );
            self.errors.push(syn::Error::new_spanned(pattern, message));
        }
    }

    /// `try { .. } catch P { .. } finally { .. }`: the arms run in the `finally`'s protection.
    fn finally(&mut self, body: &Group, catches: Vec<Clause>, finally: Clause, span: Span) -> TokenStream {
        let mut scope = Scope::new(self.new_number());
        scope.missed = true;
        scope.has_exits = true;
        let (block, scope) = self.inside_scope(scope, |this| {
            let stand = this.stand(&this.place(), span);
            let block =
                if catches.is_empty() { this.braced(body) } else { block_of(&this.catch(body, catches, span), span) };
            quote_spanned!(span=> { #stand #block })
        });

        // Its items are there once, and its statements once for each way out.
        let (mut items, statements): (Vec<_>, Vec<_>) =
            self.parse(finally.block.stream()).into_iter().partition(|statement| matches!(statement, Stmt::Item(_)));
        self.visit(&mut items);
        let name = self.name_of_exception(finally.head);
        let finally = Finally { name, statements, group: finally.block, visited: false };
        let whole = self.protected(&scope, "try", &block, finally, span);
        quote_spanned!(span=> #(#items)* #whole)
    }
}

/// Why clean-up runs.
#[derive(Clone, Copy)]
pub(crate) enum Ending<'e> {
    /// No exception goes through it.
    Normal,
    /// A `return` does, with this `Result`.
    Returned(&'e Ident),
    /// This exception does.
    Raised(&'e Ident),
}

fn block_of(tokens: &TokenStream, span: Span) -> TokenStream {
    quote_spanned!(span=> { #tokens })
}

/// Clean-up that runs on every way out of a scope.
pub(crate) trait CleanUp {
    /// It, as statements, visited, with what tells the engine of it, and what is done `then`, when it has ended. What it is
    /// known to raise leads out of the scope.
    fn run(&mut self, body: &mut Body<'_>, ending: Ending<'_>, then: &TokenStream, span: Span) -> TokenStream;
}

struct Finally {
    /// That of the exception which goes through it.
    name: Option<Pat>,
    statements: Vec<Stmt>,
    group: Group,
    visited: bool,
}

impl CleanUp for Finally {
    fn run(&mut self, body: &mut Body<'_>, ending: Ending<'_>, then: &TokenStream, span: Span) -> TokenStream {
        let mut statements = self.statements.clone();
        let outside = body.stand(&body.place(), span);
        let inside = body.inside(Layer::CleanUp, |body| body.stand(&body.place(), span)).0;
        let errors = body.errors.len();
        body.inside(Layer::CleanUp, |body| body.visit(&mut statements));
        if core::mem::replace(&mut self.visited, true) {
            // Each mistake is told once.
            body.errors.truncate(errors);
        }
        let block = body.own_braces(&self.group, quote!(#(#statements)*));
        let Looked { before, name, after } = self.look(body, ending, span);
        // (On some of the ways, what it assigns is not read.)
        quote_spanned! {span=>
            #before
            #inside
            #[allow(unused_assignments)]
            let () = { #name #block };
            #after
            #[allow(unreachable_code)]
            {
                #outside
                #then
            }
        }
    }
}

/// What stands around a `finally` that has a name for its exception.
#[derive(Default)]
struct Looked {
    before: TokenStream,
    /// Its definition.
    name: TokenStream,
    after: TokenStream,
}

impl Finally {
    fn look(&self, body: &Body<'_>, ending: Ending<'_>, span: Span) -> Looked {
        let Some(name) = &self.name else { return Looked::default() };
        let (private, yielder) = (body.private(span), Body::yielder(span));
        let (before, exception, after) = match ending {
            Ending::Normal => (quote!(), quote_spanned!(span=> #private::no_exception_in(&mut #yielder)), quote!()),
            Ending::Raised(exception) => (quote!(), quote_spanned!(span=> #private::Some(&#exception)), quote!()),
            // There is an exception to look at for as long as clean-up runs.
            Ending::Returned(result) => (
                quote_spanned!(span=> let #result = #private::as_exception(#result, &mut #yielder);),
                quote_spanned!(span=> #private::exception_in(&#result)),
                quote_spanned!(span=> #[allow(unreachable_code)] let #result = #private::as_error(#result);),
            ),
        };
        Looked { before, name: quote_spanned!(span=> let #name = #exception;), after }
    }
}

impl Body<'_> {
    /// A scope with clean-up on every way out, which is there once for each place that a way leads to: the end of the
    /// block, each exit, and the next scope for exceptions.
    pub(crate) fn protected(
        &mut self,
        scope: &Scope,
        name: &str,
        block: &TokenStream,
        mut clean_up: impl CleanUp,
        span: Span,
    ) -> TokenStream {
        let (private, yielder) = (self.private(span), Self::yielder(span));
        let [value, exception] = ["__value", "__exception"].map(|name| Ident::new(name, span));
        let (raise, whole) = (label("raise", scope.number, span), label(name, scope.number, span));
        // All of it stands in blocks of the macro's own.
        self.layers.push(Layer::Block);
        let due = self.raise_due(Ending::Normal, span);
        let normal = clean_up.run(self, Ending::Normal, &due, span);
        let code = quote_spanned! {span=>
            let #value = #block;
            #[allow(unreachable_code)]
            {
                #normal
                break #whole #value;
            }
        };
        let code = self.with_exits(scope, code, span, |this, ending, due| clean_up.run(this, ending, due, span));
        let settle = quote_spanned!(span=> #exception = #private::settled(#exception, &mut #yielder););
        let last = clean_up.run(self, Ending::Raised(&exception), &settle, span);
        let goes_on = self.raise_here(&exception.to_token_stream(), scope.error, span);
        self.layers.pop();
        quote_spanned! {span=>
            #whole: {
                let #exception = #raise: {
                    // That it is one is known even if nothing is raised.
                    if false {
                        break #raise #private::no_exception(&mut #yielder);
                    }
                    #code
                };
                let mut #exception = #exception;
                #private::used(&mut #exception);
                #last
                #[allow(unreachable_code)]
                #goes_on
            }
        }
    }
}

impl Arm {
    fn is_exit(&self) -> bool {
        match &self.pattern {
            Pat::Ident(pattern) => pattern.subpat.is_none() && pattern.ident == "GeneratorExit",
            Pat::Path(pattern) => syntax::is_generator_exit(&pattern.path),
            _ => false,
        }
    }

    /// No error goes past it.
    fn catches_all_errors(&self) -> bool {
        self.guard.is_none()
            && match &self.pattern {
                Pat::Wild(_) => true,
                Pat::Ident(pattern) => {
                    pattern.subpat.is_none()
                        && !self.is_exit()
                        && !pattern.ident.to_string().starts_with(char::is_uppercase)
                }
                _ => false,
            }
    }
}
