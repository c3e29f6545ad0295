//! `for await`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::parse::Parser;
use syn::token::Brace;
use syn::visit_mut::VisitMut;
use syn::{ExprForLoop, Pat};

use crate::body::Body;
use crate::layers::{Place, Scope, label};
use crate::try_block::{CleanUp, Ending};

impl Body<'_> {
    /// A scope: what the loop was given by value is closed on every way out.
    pub(crate) fn for_await(&mut self, pattern: TokenStream, around: &mut ExprForLoop, span: Span) -> TokenStream {
        self.changes += 1;
        let pattern = match Pat::parse_multi_with_leading_vert.parse2(pattern) {
            Ok(pattern @ Pat::Or(_)) => quote!((#pattern)),
            Ok(pattern) => pattern.into_token_stream(),
            Err(error) => {
                self.errors.push(error);
                return TokenStream::new();
            }
        };
        self.visit_expr_mut(&mut around.expr);
        let iterated = &around.expr;
        // What the compiler has to say about what is iterated, it says there.
        let spans: Vec<_> = iterated.to_token_stream().into_iter().map(|token| token.span()).collect();
        let first = self.own(spans.first().copied().unwrap_or_else(Span::call_site));

        let mut scope = Scope::new(self.new_number());
        scope.is_loop = true;
        scope.has_exits = true;
        let errorless = self.errorless && self.lets_errors_out();
        self.has_errorless |= errorless;
        scope.error = if errorless { None } else { self.error_of_another(first) };
        let number = scope.number;
        let (block, scope) = self.inside_scope(scope, |this| {
            let enter = this.enter_loop(span);
            let next = this.next(number, errorless, first);
            this.inside_target(&mut around.label, true, |this| this.visit_block_mut(&mut around.body));
            // (Where one stands alone in them, the compiler would propose to remove them.)
            around.body.brace_token = Brace(this.own(around.body.brace_token.span.join()));
            let (private, yielder, exception) =
                (this.private(span), Self::yielder(span), Ident::new("__exception", span));
            let raise = label("raise", number, span);
            let (label, block) = (&around.label, &around.body);
            quote_spanned! {span=>
                {
                    #enter
                    #label loop {
                        if let #private::Some(#exception) = #private::due(&mut #yielder) {
                            break #raise #exception;
                        }
                        let #pattern = #next;
                        #block
                    }
                }
            }
        });

        let private = self.private(span);
        let [kind, value] = ["__kind", "__iterated"].map(|name| Ident::new(name, span));
        let whole = self.protected(&scope, "for", &block, Closing { errorless }, span);
        // A macro that gets to see its name might move it: there it is pinned by a pointer, which takes room.
        let (define, place) = if self.in_arguments == 0 {
            (quote_spanned!(span=> let mut #value = #iterated;), value.to_token_stream())
        } else {
            let define = quote_spanned!(span=> let #value = #iterated; let mut #value = #private::pin!(#value););
            (define, quote_spanned!(span=> *#value))
        };
        quote_spanned! {span=>
            // Temporaries live as in a `let`.
            #define
            let #kind = {
                #[allow(unused_imports)]
                use #private::{
                    IsBorrowed as _, IsClosable as _, IsGenerator as _, IsMutelyClosable as _, IsNothing as _, IsStream as _,
                };
                (&&&&&&#private::Probe::of(&#place)).__asyncgen_kind()
            };
            #whole
        }
    }

    /// The next item. (At the end it leaves the loop.)
    fn next(&mut self, number: usize, errorless: bool, span: Span) -> TokenStream {
        let private = self.private(span);
        let [item, exception] = ["__item", "__exception"].map(|name| Ident::new(name, span));
        let raise = label("raise", number, span);
        let next = self.with_iterated("next", errorless, &quote!(), span);
        quote_spanned! {span=>
            match #next.await {
                #private::Next::Item(#item) => #item,
                #private::Next::End => break,
                #private::Next::Raised(#exception) => break #raise #exception,
                #private::Next::Again => continue,
            }
        }
    }

    /// Calls a function with what the loop goes over.
    fn with_iterated(&self, name: &str, errorless: bool, more: &TokenStream, span: Span) -> TokenStream {
        let name = if errorless { format!("{name}_errorless") } else { name.to_owned() };
        let (private, yielder) = (self.private(span), Self::yielder(span));
        let [name, kind, iterated] = [&name[..], "__kind", "__iterated"].map(|name| Ident::new(name, span));
        let pinned = if self.in_arguments == 0 {
            let unsafe_ = self.krate.unsafe_();
            // SAFETY: it stays where it is until it is dropped: nobody else can name it.
            quote_spanned!(span=> #unsafe_ { #private::Pin::new_unchecked(&mut #iterated) })
        } else {
            quote_spanned!(span=> #private::Pin::as_mut(&mut #iterated))
        };
        quote_spanned!(span=> #private::#name(#kind, #pinned, #more &mut #yielder))
    }

    fn enter_loop(&self, span: Span) -> TokenStream {
        let (private, yielder, kind) = (self.private(span), Self::yielder(span), Ident::new("__kind", span));
        let Place { depth, missed, masked } = self.place();
        quote_spanned!(span=> #private::enter_loop(#kind, #depth, #missed, #masked, &mut #yielder);)
    }
}

/// Closes what a loop goes over.
struct Closing {
    errorless: bool,
}

impl CleanUp for Closing {
    fn run(&mut self, body: &mut Body<'_>, _: Ending<'_>, then: &TokenStream, span: Span) -> TokenStream {
        let private = body.private(span);
        let [closing, error] = ["__closing", "__error"].map(|name| Ident::new(name, span));
        let Place { depth, missed, masked } = body.place();
        let leave = body.with_iterated("leave_loop", self.errorless, &quote!(#depth, #missed, #masked,), span);
        let close = body.with_iterated("close", self.errorless, &quote!(), span);
        let outside = body.stand(&body.place(), span);
        let raise_error = if self.errorless {
            quote_spanned!(span=> match #error {})
        } else {
            let error_of_another = body.error_of_another(span);
            let exception = quote_spanned!(span=> #private::Exception::Error(#error));
            let raise = body.raise_here(&exception, error_of_another, span);
            quote_spanned!(span=> #outside #raise)
        };
        // (It is closed in a variable: if there is no such value, nothing after that is code.)
        quote_spanned! {span=>
            if #leave {
                let #closing = #close;
                #[allow(unreachable_code)]
                {
                    if let #private::Err(#error) = #closing.await {
                        #raise_error
                    }
                    #outside
                    #then
                }
            }
        }
    }
}
