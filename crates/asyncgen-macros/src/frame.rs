//! How control leaves a block that was made an `async` block.
//!
//! `return`, `break` and `continue` can't cross the border of an `async` block. Inside, each such way out becomes a value of
//! `Flow` that the block returns; outside, a `match` takes the way that the value says. Where that is inside another
//! such block, the same happens again.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Ident, Lifetime};

use crate::body::Body;

/// The body, or a block in it that was made an `async` block.
#[derive(Default)]
pub(crate) struct Frame {
    /// The loops and labelled blocks around the current point, in this frame.
    targets: Vec<Target>,
    pub(crate) exits: Vec<Exit>,
    /// It is the block of a `finally`, whose ways out go instead of those of the `try` block.
    clean_up: bool,
    /// A way out begins in this frame.
    pub(crate) leaves: bool,
}

struct Target {
    label: Option<Ident>,
    is_loop: bool,
}

/// A way out of a frame.
#[derive(Clone, PartialEq)]
pub(crate) struct Exit {
    way: Way,
    /// It takes a value along.
    valued: bool,
}

#[derive(Clone, PartialEq)]
pub(crate) enum Way {
    Return,
    Break(Option<Lifetime>),
    Continue(Option<Lifetime>),
}

impl Frame {
    pub(crate) fn clean_up(exits: Vec<Exit>) -> Self {
        Self { exits, clean_up: true, ..Self::default() }
    }

    pub(crate) fn is_clean_up(&self) -> bool {
        self.clean_up
    }

    /// Does the way out end in this frame?
    fn holds(&self, way: &Way) -> bool {
        match way {
            Way::Return => false,
            Way::Break(Some(label)) | Way::Continue(Some(label)) => {
                self.targets.iter().any(|target| target.label.as_ref() == Some(&label.ident))
            }
            Way::Break(None) | Way::Continue(None) => self.targets.iter().any(|target| target.is_loop),
        }
    }

    fn number(&mut self, exit: &Exit) -> usize {
        self.leaves = true;
        self.exits.iter().position(|known| known == exit).unwrap_or_else(|| {
            self.exits.push(exit.clone());
            self.exits.len() - 1
        })
    }
}

impl Body<'_> {
    /// Visits what is in a loop, or in a labelled block.
    pub(crate) fn inside<T>(
        &mut self,
        label: Option<&syn::Label>,
        is_loop: bool,
        visit: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let label = label.map(|label| label.name.ident.clone());
        self.frame().targets.push(Target { label, is_loop });
        let result = visit(self);
        self.frame().targets.pop();
        result
    }

    /// The way out of here, if it can't be left as it is written.
    pub(crate) fn leave(&mut self, way: Way, value: Option<&TokenStream>, span: Span) -> Option<TokenStream> {
        let outermost = self.frames.len() == 1;
        match way {
            // A label that nobody has is left to the compiler, who says so.
            Way::Break(_) | Way::Continue(_) if outermost || self.frame().holds(&way) => None,
            Way::Return if outermost && !self.returns_result => None,
            way => Some(self.take(&Exit { valued: value.is_some(), way }, value, span)),
        }
    }

    /// Takes a way out of the current frame.
    fn take(&mut self, exit: &Exit, value: Option<&TokenStream>, span: Span) -> TokenStream {
        self.changes += 1;
        let span = Span::mixed_site().located_at(span);
        let private = self.private(span);
        let outermost = self.frames.len() == 1;
        if outermost || self.frame().holds(&exit.way) {
            return match &exit.way {
                Way::Return if self.returns_result => {
                    let value = value.map_or_else(|| quote_spanned!(span=> ()), TokenStream::clone);
                    quote_spanned!(span=> return #private::into_result(#value))
                }
                Way::Return => quote_spanned!(span=> return #value),
                Way::Break(label) => quote_spanned!(span=> break #label #value),
                Way::Continue(label) => quote_spanned!(span=> continue #label),
            };
        }
        let value = value.map_or_else(|| quote_spanned!(span=> ()), TokenStream::clone);
        let frame = self.frame();
        let number = frame.number(exit);
        let clean_up = frame.clean_up;
        let mut flow = numbered(&private, span, number, &quote_spanned!(span=> #private::Flow::Value(#value)));
        if clean_up {
            flow = quote_spanned!(span=> ::core::option::Option::Some(#flow));
        }
        quote_spanned!(span=> return ::core::result::Result::Ok(#flow))
    }

    /// The statements of a frame that evaluates `block`.
    pub(crate) fn ending(&self, block: &TokenStream, exits: &[Exit], span: Span) -> TokenStream {
        let value = Ident::new("__value", span);
        let end = self.end(&quote!(#value), exits, span);
        let private = self.private(span);
        let end_of_any = self.end(&quote_spanned!(span=> #private::any()), exits, span);
        // The type comes first, so that what the compiler has to say about another `return` it says there.
        quote_spanned! {span=>
            if false {
                return ::core::result::Result::Ok(#end_of_any);
            }
            #[allow(clippy::diverging_sub_expression)]
            let #value = #block;
            #[allow(unreachable_code)]
            return ::core::result::Result::Ok(#end);
        }
    }

    /// The value with which a frame ends that isn't left early. Its type is private in any case: with `()`, a macro's
    /// `return Ok(())` would leave the frame, and not the body.
    fn end(&self, value: &TokenStream, exits: &[Exit], span: Span) -> TokenStream {
        let private = self.private(span);
        if exits.is_empty() {
            quote_spanned!(span=> #private::EndOfBlock(#value, ()))
        } else {
            quote_spanned!(span=> #private::Flow::Value(#value))
        }
    }

    /// The arms of a `match` that goes on from where a frame has ended. It has ended with a `Result` if `result` is
    /// true, and its value is to be one again if `again` is.
    pub(crate) fn go_on(&mut self, exits: &[Exit], [result, again]: [bool; 2], span: Span) -> TokenStream {
        let private = self.private(span);
        let value = Ident::new("__value", span);
        let ok = |tokens: TokenStream, ok: bool| {
            if ok { quote_spanned!(span=> ::core::result::Result::Ok(#tokens)) } else { tokens }
        };
        let ended = ok(self.end(&quote!(#value), exits, span), result);
        let end = ok(quote!(#value), again);
        let mut arms = quote_spanned!(span=> #ended => #end,);
        for (number, exit) in exits.iter().enumerate() {
            let payload = if exit.valued { quote!(#value) } else { quote_spanned!(span=> ()) };
            let flow = numbered(&private, span, number, &quote_spanned!(span=> #private::Flow::Value(#payload)));
            let flow = ok(flow, result);
            let way = self.take(exit, exit.valued.then_some(&payload), span);
            arms.extend(quote_spanned!(span=> #flow => #way,));
        }
        if let Some(last) = exits.len().checked_sub(1) {
            let none = numbered(&private, span, last, &quote_spanned!(span=> #private::Flow::Exit(#value)));
            let none = ok(none, result);
            arms.extend(quote_spanned!(span=> #none => #private::never(#value),));
        }
        arms
    }
}

/// The way out of this number: see `Flow`.
fn numbered(private: &TokenStream, span: Span, number: usize, flow: &TokenStream) -> TokenStream {
    let mut flow = quote_spanned!(span=> #private::Flow::Exit(#flow));
    for _ in 0..number {
        flow = quote_spanned!(span=> #private::Flow::Exit(#flow));
    }
    flow
}
