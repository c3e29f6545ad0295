//! Macro calls in a scope that may hide what the scope must know of: an await, or a `return`.
//!
//! An exception must be raised at an await wherever it is, and a `return` must not pass by a `finally`. What is hidden in a
//! macro can't be rewritten. So the call is put into an `async` block of its own, which is awaited as anything else is: a
//! hidden await is in it, and a hidden `return` leaves it. What leaves it otherwise is put into variables outside of it:
//! the macro's value, and the ways out in its arguments. A hidden `break` or `continue` is taken by a loop around the call.
//!
//! Of `select!`, the futures alone are put there: its handlers are outside, where all is as elsewhere.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote_spanned};
use syn::parse::Parser;
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, Ident, Macro, Pat, PatIdent};

use crate::arguments::{self, Branches};
use crate::body::{Body, block};
use crate::layers::{Exit, Hidden, Layer, Way, exit_name};
use crate::syntax;

impl Body<'_> {
    /// The macro's call in an `async` block. As a statement it has no value, and may be of several statements.
    pub(crate) fn hide(&mut self, mac: &mut Macro, name: &Ident, is_statement: bool) -> Expr {
        self.changes += 1;
        let (user_span, span) = (name.span(), self.own(name.span()));
        let private = self.private(span);
        let number = self.new_number();
        let [value, exception, end] = ["__value", "__exception", "__end"].map(|name| Ident::new(name, span));

        let mut handlers = if arguments::is_select(name) { Handlers::take(mac, number, &private, span) } else { None };
        let hidden = Hidden { number, name: name.clone(), exits: Vec::new(), raises: false };
        let (jumps, layer) = self.inside(Layer::Hidden(hidden), |this| {
            if let Some(handlers) = &mut handlers {
                mac.tokens = handlers.futures(this);
                return None;
            }
            if let Some(tokens) = this.rewritten(mac) {
                mac.tokens = tokens;
            }
            this.jumps(user_span)
        });
        let Layer::Hidden(Hidden { exits, raises, .. }) = layer else { return Expr::Verbatim(TokenStream::new()) };

        // The variables, and what comes of them afterwards.
        let (mut variables, mut after) = (TokenStream::new(), TokenStream::new());
        if raises {
            let (raised, yielder) = (format_ident!("__raised_{}", number, span = span), Self::yielder(span));
            let raise = self.raise_here(&exception.to_token_stream(), Some(user_span), user_span);
            variables.extend(quote_spanned!(span=> let mut #raised = #private::none(&mut #yielder);));
            after.extend(quote_spanned!(span=> if let #private::Some(#exception) = #raised { #raise }));
        }
        for (index, exit) in exits.into_iter().enumerate() {
            let taken = exit_name(number, index, span);
            let go = self.go_on(exit, &value, span);
            variables.extend(quote_spanned!(span=> let mut #taken = #private::None;));
            after.extend(quote_spanned!(span=> if let #private::Some(#value) = #taken { #go }));
        }
        let returned = self.returned(&end, user_span, span);
        let call = if let Some(handlers) = handlers {
            let mut arms = TokenStream::new();
            for Handler { variable, bindings, mut code, .. } in handlers.handlers {
                self.inside(Layer::Block, |this| this.visit_expr_mut(&mut code));
                variables.extend(quote_spanned!(span=> let mut #variable = #private::None;));
                arms.extend(quote_spanned!(span=> if let #private::Some((#(#bindings,)*)) = #variable { #code } else));
            }
            after.extend(quote_spanned!(span=> #arms { #returned }));
            quote_spanned!(span=> #mac;)
        } else {
            variables.extend(quote_spanned!(span=> let mut #value = #private::None;));
            after.extend(quote_spanned! {span=>
                match #value { #private::Some(#value) => #value, #private::None => #returned }
            });
            let mut call = if is_statement {
                quote_spanned!(span=> #mac; #value = #private::Some(());)
            } else {
                quote_spanned!(span=> #value = #private::Some(#mac);)
            };
            if let Some((on_break, on_continue)) = jumps {
                let (again, end) = (Ident::new("__again", span), self.hidden_end(span));
                call = quote_spanned! {span=>
                    let mut #again = false;
                    loop {
                        if #again { #on_continue }
                        #again = true;
                        #call
                        return #end;
                    }
                    #on_break
                };
            }
            quote_spanned! {span=>
                #[allow(unreachable_code, unused_assignments, clippy::diverging_sub_expression, clippy::never_loop)]
                {
                    #call
                }
            }
        };

        let body_end = self.hidden_end(span);
        let future = quote_spanned! {span=>
            async {
                #call
                #[allow(unreachable_code)]
                #body_end
            }
        };
        let awaited = if self.interruptible() {
            let raise = self.raise_here(&exception.to_token_stream(), None, user_span);
            self.interrupt("interruptible_block", &future, &raise, span)
        } else {
            quote_spanned!(span=> #future.await)
        };
        block(
            &quote_spanned! {span=>
                #variables
                let #end = #awaited;
                #after
            },
            span,
        )
    }

    /// What there is to be done at a `break` and at a `continue` that a macro hides, if there is a loop of the body's around
    /// it. A loop around the call alone takes them: a `break` leaves it, and a `continue` begins it once more.
    fn jumps(&mut self, span: Span) -> Option<(TokenStream, TokenStream)> {
        let (on_break, on_continue) = (self.way_to(None, Way::Break)?, self.way_to(None, Way::Continue)?);
        Some((self.leave(on_break, None, span)?, self.leave(on_continue, None, span)?))
    }

    /// A hidden `return`: with an error it raises that, as `?` does; otherwise it leaves the body. (The value of a body that
    /// has one can't be hidden: the types say so.)
    fn returned(&mut self, end: &Ident, user_span: Span, span: Span) -> TokenStream {
        let private = self.private(span);
        if !self.returns_result {
            return self.go_on(Exit::RETURN, end, span);
        }
        self.has_errors |= self.knows_errors;
        let error = Ident::new("__error", span);
        let exception = quote_spanned!(span=> #private::Exception::Error(#error));
        let raise = self.raise_here(&exception, self.error_of_another(user_span), user_span);
        let go = self.go_on(Exit::RETURN_RESULT, end, span);
        let into_result = Ident::new(if self.returns.is_some() { "completed" } else { "into_result" }, span);
        quote_spanned! {span=>
            match #private::#into_result(#end) {
                #private::Err(#error) => #raise,
                #end => #go,
            }
        }
    }
}

/// The handlers of a `select!`, and its futures with what is done instead.
struct Handlers {
    branches: Branches,
    handlers: Vec<Handler>,
}

struct Handler {
    /// What the branch gives, if it is taken.
    variable: Ident,
    bindings: Vec<PatIdent>,
    code: Expr,
}

impl Handlers {
    /// Takes the handlers out of a call, if it is of the form that is known.
    fn take(mac: &Macro, number: usize, private: &TokenStream, span: Span) -> Option<Self> {
        let tokens = syntax::desugar(mac.tokens.clone(), &mut Vec::new());
        let mut branches = (|input: syn::parse::ParseStream| input.parse::<Branches>()).parse2(tokens).ok()?;
        let mut handlers = Vec::new();
        for (index, branch) in branches.branches.iter_mut().enumerate() {
            let bindings = match branch.future {
                Some(_) => branch.take_bindings()?,
                None => Vec::new(),
            };
            let variable = format_ident!("__branch_{}_{}", number, index, span = span);
            let names = bindings.iter().map(|binding| &binding.ident);
            let instead = syn::parse_quote_spanned!(span=> { #variable = #private::Some((#(#names,)*)); });
            let code = core::mem::replace(&mut branch.handler, instead);
            handlers.push(Handler { variable, bindings, code });
        }
        Some(Self { branches, handlers })
    }

    /// The arguments of the call that is left.
    fn futures(&mut self, body: &mut Body<'_>) -> TokenStream {
        for branch in &mut self.branches.branches {
            if let Some(future) = &mut branch.future {
                body.visit_expr_mut(future);
            }
        }
        self.branches.to_token_stream()
    }
}

/// Takes what a pattern binds, and the `mut` of it. Nothing if it binds by reference, which can't leave the block.
pub(crate) fn take_bindings(pattern: &mut Pat) -> Option<Vec<PatIdent>> {
    struct Bindings {
        all: Vec<PatIdent>,
        by_reference: bool,
    }
    impl VisitMut for Bindings {
        fn visit_pat_ident_mut(&mut self, pattern: &mut PatIdent) {
            visit_mut::visit_pat_ident_mut(self, pattern);
            self.by_reference |= pattern.by_ref.is_some();
            let is_binding = pattern.mutability.is_some()
                || pattern.subpat.is_some()
                || !pattern.ident.to_string().starts_with(char::is_uppercase);
            if is_binding && self.all.iter().all(|known| known.ident != pattern.ident) {
                self.all.push(PatIdent { attrs: Vec::new(), subpat: None, ..pattern.clone() });
            }
            pattern.mutability = None;
        }
    }
    let mut bindings = Bindings { all: Vec::new(), by_reference: false };
    bindings.visit_pat_mut(pattern);
    (!bindings.by_reference).then_some(bindings.all)
}
