//! `for await`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::parse::Parser;
use syn::visit_mut::VisitMut;
use syn::{ExprForLoop, Pat};

use crate::body::Body;
use crate::frame::Frame;

impl Body<'_> {
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
        let (iterated, label) = (&around.expr, &around.label);
        let ((), Frame { exits, .. }) = self.framed(Frame::default(), |this| {
            this.inside(label.as_ref(), true, |this| this.visit_block_mut(&mut around.body));
        });
        let block = &around.body;
        let arms = self.go_on(&exits, [false, false], span);

        let private = self.private(span);
        let split = self.split(span);
        let yielder = Self::yielder(span);
        let [scope, kind, value, outcome, item] =
            ["__scope", "__kind", "__iterated", "__outcome", "__item"].map(|name| Ident::new(name, span));
        // What the compiler has to say about what is iterated, it says there.
        let spans: Vec<_> = iterated.to_token_stream().into_iter().map(|token| token.span()).collect();
        let located =
            |span: Option<&Span>| Span::mixed_site().located_at(span.copied().unwrap_or_else(Span::call_site));
        let (first, last) = (located(spans.first()), located(spans.last()));
        let (kind_at_iterated, value_at_iterated) = (Ident::new("__kind", first), Ident::new("__iterated", first));
        let as_mut = quote_spanned!(last=> .as_mut());
        let next = quote_spanned!(first=> #kind_at_iterated.next(#value_at_iterated #as_mut, #yielder.lend()));
        let all = quote_spanned! {span=>
            {
                #label while let ::core::option::Option::Some(#item) = #next.await {
                    let #pattern = #item;
                    #block
                }
            }
        };
        let ending = self.ending(&all, &exits, span);
        quote_spanned! {span=>
            let (#kind, #value) = {
                let #value = #iterated;
                let #kind = {
                    #[allow(unused_imports)]
                    use #private::{IsClosable as _, IsGenerator as _, IsNothing as _, IsStream as _};
                    (&&&&#private::Probe::of(&#value)).kind()
                };
                (#kind, #value)
            };
            let mut #value = ::core::pin::pin!(#value);
            let #outcome = {
                #split
                #kind.catch(#scope, async { #ending }).await
            };
            let #outcome = {
                #split
                #kind.clean_up(#scope, #outcome, #value.as_mut()).await
            };
            match #outcome { #arms }
        }
    }
}
