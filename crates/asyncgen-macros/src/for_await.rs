//! `for await`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::parse::Parser;
use syn::token::Brace;
use syn::visit_mut::VisitMut;
use syn::{ExprForLoop, Pat};

use crate::body::Body;
use crate::layers::{Scope, label};
use crate::try_block::CleanUp;

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
            let stand = this.stand(&this.place(), span);
            let next = this.next(number, errorless, first);
            this.inside_target(&mut around.label, true, |this| this.visit_block_mut(&mut around.body));
            // (Where one stands alone in them, the compiler would propose to remove them.)
            around.body.brace_token = Brace(this.own(around.body.brace_token.span.join()));
            let (private, item) = (this.private(span), Ident::new("__item", span));
            let (label, block) = (&around.label, &around.body);
            quote_spanned! {span=>
                {
                    #stand
                    #label while let #private::Some(#item) = #next {
                        let #pattern = #item;
                        #block
                    }
                }
            }
        });

        let private = self.private(span);
        let [kind, value] = ["__kind", "__iterated"].map(|name| Ident::new(name, span));
        let whole = self.protected(&scope, "for", &block, Closing { errorless }, span);
        quote_spanned! {span=>
            // Temporaries live as in a `let`.
            let #value = #iterated;
            let mut #value = #private::pin!(#value);
            let #kind = {
                #[allow(unused_imports)]
                use #private::{
                    IsBorrowed as _, IsClosable as _, IsGenerator as _, IsMutelyClosable as _, IsNothing as _, IsStream as _,
                };
                #private::checked((&&&&&&#private::Probe::of(&#value)).__asyncgen_kind())
            };
            #whole
        }
    }

    /// The next item, or nothing at the end.
    fn next(&mut self, number: usize, errorless: bool, span: Span) -> TokenStream {
        let (private, yielder) = (self.private(span), Self::yielder(span));
        let [kind, value, item, exception] =
            ["__kind", "__iterated", "__item", "__exception"].map(|name| Ident::new(name, span));
        let raise = label("raise", number, span);
        let next = Ident::new(if errorless { "next_errorless" } else { "next" }, span);
        quote_spanned! {span=>
            match #private::#next(#kind, #private::Pin::as_mut(&mut #value), &mut #yielder).await {
                #private::Ok(#item) => #item,
                #private::Err(#exception) => break #raise #exception,
            }
        }
    }
}

/// Closes what a loop goes over.
struct Closing {
    errorless: bool,
}

impl CleanUp for Closing {
    fn run(&mut self, body: &mut Body<'_>, span: Span) -> TokenStream {
        let (private, yielder) = (body.private(span), Body::yielder(span));
        let [kind, value, error] = ["__kind", "__iterated", "__error"].map(|name| Ident::new(name, span));
        let error_of_another = if self.errorless { None } else { body.error_of_another(span) };
        let close = Ident::new(if self.errorless { "close_errorless" } else { "close" }, span);
        let exception = quote_spanned!(span=> #private::Exception::Error(#error));
        let outside = body.stand(&body.place(), span);
        let raise = body.raise_here(&exception, error_of_another, span);
        quote_spanned! {span=>
            if let #private::Err(#error) =
                #private::#close(#kind, #private::Pin::as_mut(&mut #value), &mut #yielder).await
            {
                #outside
                #raise
            }
        }
    }
}
