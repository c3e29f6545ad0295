//! What is around a point of the body, and how control leaves it.
//!
//! A scope (a `try` block, a `for await` loop) is a labelled block of the body itself, so that `return`, `break` and
//! `continue` could cross it as they are written. They must not pass by what is to be done on the way out (a `finally`,
//! the closing of a loop's generator). So a way out that crosses such a scope becomes a `break` to a place behind the
//! scope's code, its *exit*, where that is done; from there the way goes on as if it had been written there. There is one
//! exit for each place that ways out of the scope lead to: what has been moved on one way is not taken for moved on another.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Ident, Label, Lifetime};

use crate::body::Body;
use crate::try_block::Ending;

/// Something around a point of the body.
pub(crate) enum Layer {
    /// A loop or a labelled block of the user's.
    Target(Target),
    /// A part of the body that gets to see exceptions.
    Scope(Scope),
    /// A `finally`, or the closing of a loop's generator: exceptions wait.
    CleanUp,
    /// A labelled block that the macro has made around code of the user's.
    Block,
    /// The call of a macro that was put into an `async` block: see `hidden`.
    Hidden(Hidden),
}

pub(crate) struct Target {
    number: usize,
    label: Option<Ident>,
    is_loop: bool,
    /// A way out needs a label to name it.
    named: bool,
}

#[allow(clippy::struct_excessive_bools, reason = "they are independent of each other")]
pub(crate) struct Scope {
    pub(crate) number: usize,
    /// What is to be done on the way out is missed if the generator is dropped inside.
    pub(crate) missed: bool,
    /// Something is to be done on the way out: ways out lead to its exits.
    pub(crate) has_exits: bool,
    pub(crate) is_loop: bool,
    /// No error goes past it.
    pub(crate) catches_errors: bool,
    pub(crate) exits: Vec<Exit>,
    /// An error may be raised in it, first here. (Where nobody can throw one in.)
    pub(crate) error: Option<Span>,
}

/// What goes on at the call of a macro that was put into an `async` block.
pub(crate) struct Hidden {
    pub(crate) number: usize,
    pub(crate) name: Ident,
    pub(crate) exits: Vec<Exit>,
    pub(crate) raises: bool,
}

/// A place that ways out lead to, and whether they take a value along.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Exit {
    way: Way,
    pub(crate) valued: bool,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Way {
    Return,
    /// Out of the target of this number.
    Break(usize),
    Continue(usize),
}

impl Exit {
    /// Out of a body that ends with `()`.
    pub(crate) const RETURN: Self = Self { way: Way::Return, valued: false };
    /// Out of the body, with a `Result`.
    pub(crate) const RETURN_RESULT: Self = Self { way: Way::Return, valued: true };
}

impl Scope {
    pub(crate) fn new(number: usize) -> Self {
        Self {
            number,
            missed: false,
            has_exits: false,
            is_loop: false,
            catches_errors: false,
            exits: Vec::new(),
            error: None,
        }
    }
}

/// A label of the macro's own.
pub(crate) fn label(name: &str, number: usize, span: Span) -> Lifetime {
    let mut label = Lifetime::new(&format!("'__{name}_{number}"), span);
    label.set_span(span);
    label
}

/// The label of a scope's exit, or the variable of a hidden one.
pub(crate) fn exit_name(number: usize, exit: usize, span: Span) -> Ident {
    format_ident!("__exit_{}_{}", number, exit, span = span)
}

fn exit_label(number: usize, exit: usize, span: Span) -> Lifetime {
    Lifetime { apostrophe: span, ident: exit_name(number, exit, span) }
}

/// A point of the body, as the engine must know it.
pub(crate) struct Place {
    /// The number of scopes around it.
    pub(crate) depth: u32,
    /// Clean-up is ahead, or running, which is missed if the generator is dropped here.
    pub(crate) missed: bool,
    /// Clean-up is running, so that exceptions wait.
    pub(crate) masked: bool,
}

impl Body<'_> {
    pub(crate) fn new_number(&mut self) -> usize {
        self.numbers += 1;
        self.numbers
    }

    /// Visits what is inside of a layer, which is given back.
    pub(crate) fn inside<T>(&mut self, layer: Layer, visit: impl FnOnce(&mut Self) -> T) -> (T, Layer) {
        self.layers.push(layer);
        let result = visit(self);
        (result, self.layers.pop().unwrap_or(Layer::Block))
    }

    pub(crate) fn inside_scope<T>(&mut self, scope: Scope, visit: impl FnOnce(&mut Self) -> T) -> (T, Scope) {
        let number = scope.number;
        match self.inside(Layer::Scope(scope), visit) {
            (result, Layer::Scope(scope)) => (result, scope),
            (result, _) => (result, Scope::new(number)),
        }
    }

    /// Visits what is in a loop, or in a labelled block.
    pub(crate) fn inside_target<T>(
        &mut self,
        label: &mut Option<Label>,
        is_loop: bool,
        visit: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let number = self.new_number();
        let name = label.as_ref().map(|label| label.name.ident.clone());
        let target = Target { number, label: name, is_loop, named: false };
        let (result, layer) = self.inside(Layer::Target(target), visit);
        if let (Layer::Target(Target { named: true, .. }), None) = (layer, &label) {
            *label = Some(Label {
                name: self::label("loop", number, self.own(Span::call_site())),
                colon_token: <_>::default(),
            });
        }
        result
    }

    /// Is the point in a scope that takes an exception at an await here?
    pub(crate) fn interruptible(&self) -> bool {
        for layer in self.layers.iter().rev() {
            match layer {
                Layer::Scope(_) => return true,
                Layer::CleanUp | Layer::Hidden(_) => return false,
                Layer::Target(_) | Layer::Block => {}
            }
        }
        false
    }

    pub(crate) fn in_scope(&self) -> bool {
        self.layers.iter().any(|layer| matches!(layer, Layer::Scope(_)))
    }

    /// Is there more to be done on a way out of the body than to leave it?
    pub(crate) fn protects(&self) -> bool {
        self.in_scope() || self.in_clean_up()
    }

    pub(crate) fn in_clean_up(&self) -> bool {
        self.layers.iter().any(|layer| matches!(layer, Layer::CleanUp))
    }

    /// Would an error that is raised here leave the body?
    pub(crate) fn lets_errors_out(&self) -> bool {
        !self.layers.iter().any(|layer| matches!(layer, Layer::Scope(scope) if scope.catches_errors))
    }

    /// Is the point in a `try` block, and not only in loops?
    pub(crate) fn in_try(&self) -> bool {
        self.layers.iter().any(|layer| matches!(layer, Layer::Scope(scope) if !scope.is_loop))
    }

    /// The macro call that was put into an `async` block which the point is in.
    pub(crate) fn hidden(&self) -> Option<&Ident> {
        self.layers.iter().rev().find_map(|layer| match layer {
            Layer::Hidden(hidden) => Some(&hidden.name),
            _ => None,
        })
    }

    /// The current point.
    pub(crate) fn place(&self) -> Place {
        self.place_at(self.layers.len())
    }

    fn place_at(&self, layers: usize) -> Place {
        let mut place = Place { depth: 0, missed: false, masked: false };
        for layer in &self.layers[..layers] {
            match layer {
                Layer::Scope(scope) => {
                    place.depth += 1;
                    place.missed |= scope.missed;
                }
                Layer::CleanUp => {
                    place.depth += 1;
                    place.missed = true;
                    place.masked = true;
                }
                Layer::Target(_) | Layer::Block | Layer::Hidden(_) => {}
            }
        }
        place
    }

    /// Tells the engine of a point, which control comes to here.
    pub(crate) fn stand(&self, place: &Place, span: Span) -> TokenStream {
        let (private, yielder) = (self.private(span), Self::yielder(span));
        let Place { depth, missed, masked } = place;
        quote_spanned!(span=> #private::stand(#depth, #missed, #masked, &mut #yielder);)
    }

    /// The target of a `break` or `continue`, unless it is not in the body, which the compiler says then.
    fn target(&self, label: Option<&Lifetime>) -> Option<usize> {
        self.layers.iter().rev().find_map(|layer| match layer {
            Layer::Target(target) => match label {
                Some(label) => (target.label.as_ref() == Some(&label.ident)).then_some(target.number),
                None => target.is_loop.then_some(target.number),
            },
            _ => None,
        })
    }

    pub(crate) fn way_to(&self, label: Option<&Lifetime>, way: fn(usize) -> Way) -> Option<Way> {
        self.target(label).map(way)
    }

    /// The way out of here, if it can't be left as it is written.
    pub(crate) fn leave(&mut self, way: Way, value: Option<&TokenStream>, span: Span) -> Option<TokenStream> {
        let crosses = self
            .layers
            .iter()
            .rev()
            .take_while(|layer| !matches!((layer, way), (Layer::Target(target), Way::Break(to) | Way::Continue(to)) if target.number == to))
            .any(|layer| !matches!(layer, Layer::Target(_)));
        let stays = match way {
            Way::Return => !crosses && !self.returns_result && value.is_none(),
            Way::Break(_) | Way::Continue(_) => !crosses,
        };
        if stays {
            return None;
        }
        self.changes += 1;
        let span = self.own(span);
        let private = self.private(span);
        match way {
            Way::Return => {
                let result = match value {
                    Some(value) => Some(self.result(value, span)),
                    None if self.returns.is_some() => Some(self.result(&quote_spanned!(span=> ()), span)),
                    None => self.returns_result.then(|| quote_spanned!(span=> #private::Ok(()))),
                };
                Some(self.go(self.layers.len(), Exit { way, valued: result.is_some() }, result.as_ref(), span))
            }
            way => Some(self.go(self.layers.len(), Exit { way, valued: value.is_some() }, value, span)),
        }
    }

    /// Takes a way out from the current point. `value` is what it takes along, if it does.
    pub(crate) fn go_on(&mut self, exit: Exit, value: &Ident, span: Span) -> TokenStream {
        self.go(self.layers.len(), exit, exit.valued.then(|| quote!(#value)).as_ref(), span)
    }

    /// Takes a way out from inside of so many layers. (The value that a `return` takes along is a `Result`.)
    pub(crate) fn go(&mut self, layers: usize, exit: Exit, value: Option<&TokenStream>, span: Span) -> TokenStream {
        let private = self.private(span);
        let yielder = Self::yielder(span);
        let (returns_result, own) = (self.returns_result, self.own(Span::call_site()));
        let mut stands = false;
        for at in (0..layers).rev() {
            match &mut self.layers[at] {
                Layer::Target(target) => {
                    let (keyword, to) = match exit.way {
                        Way::Break(to) => (quote_spanned!(span=> break), to),
                        Way::Continue(to) => (quote_spanned!(span=> continue), to),
                        Way::Return => continue,
                    };
                    if target.number != to {
                        continue;
                    }
                    let label = if let Some(label) = &target.label {
                        Lifetime { apostrophe: label.span(), ident: label.clone() }
                    } else {
                        target.named = true;
                        label("loop", to, own)
                    };
                    let stand = stands.then(|| self.stand(&self.place_at(at), span));
                    let Some(value) = value else { return quote_spanned!(span=> { #stand #keyword #label }) };
                    let evaluated = Ident::new("__value", span);
                    return quote_spanned!(span=> { let #evaluated = #value; #stand #keyword #label #evaluated });
                }
                Layer::Scope(scope) if scope.has_exits => {
                    let label = exit_label(scope.number, number_of(&mut scope.exits, exit), span);
                    return quote_spanned!(span=> break #label #value);
                }
                Layer::Hidden(hidden) => {
                    let name = exit_name(hidden.number, number_of(&mut hidden.exits, exit), span);
                    let value = value.map_or_else(|| quote_spanned!(span=> ()), TokenStream::clone);
                    let end = self.end(span);
                    return quote_spanned!(span=> { #name = #private::Some(#value); return #end });
                }
                Layer::Scope(_) | Layer::CleanUp => stands = true,
                Layer::Block => {}
            }
        }
        let stand = stands.then(|| self.stand(&self.place_at(0), span));
        let evaluated = Ident::new("__value", span);
        match value {
            Some(value) if returns_result && !stands => quote_spanned!(span=> return #value),
            Some(value) if returns_result => {
                quote_spanned!(span=> { let #evaluated = #value; #stand return #evaluated })
            }
            Some(value) => {
                quote_spanned!(span=> { let #evaluated = #value; #stand #private::end_with(#evaluated, &mut #yielder); return })
            }
            None => quote_spanned!(span=> { #stand return }),
        }
    }

    /// What the body, or the `async` block of a macro's call, ends with where that is of no interest.
    pub(crate) fn end(&self, span: Span) -> TokenStream {
        let private = self.private(span);
        match (&self.returns, self.hidden()) {
            (Some(_), None) => quote_spanned!(span=> #private::Ok(#private::None)),
            (Some(_), Some(_)) => self.hidden_end(span),
            (None, _) if self.returns_result => quote_spanned!(span=> #private::Ok(())),
            (None, _) => quote_spanned!(span=> ()),
        }
    }

    /// What the `async` block of a macro's call ends with.
    pub(crate) fn hidden_end(&self, span: Span) -> TokenStream {
        let private = self.private(span);
        match self.returns {
            Some(_) => quote_spanned!(span=> #private::Ok(#private::Completed)),
            None => self.end(span),
        }
    }

    /// What the body ends with, as a `Result`.
    pub(crate) fn result(&self, value: &TokenStream, span: Span) -> TokenStream {
        let private = self.private(span);
        if let Some(of) = &self.returns {
            quote_spanned!(span=> #private::ended::<#of, _, _>(#value))
        } else {
            quote_spanned!(span=> #private::into_result(#value))
        }
    }

    /// Raises an exception at the current point. It is, or may be, an error if there is a place of one.
    pub(crate) fn raise_here(&mut self, exception: &TokenStream, error: Option<Span>, span: Span) -> TokenStream {
        self.changes += 1;
        let span = self.own(span);
        let private = self.private(span);
        let exception = &self.out_of_clean_up(exception, span);
        for layer in self.layers.iter_mut().rev() {
            match layer {
                Layer::Scope(scope) => {
                    scope.error = scope.error.or(error);
                    let label = label("raise", scope.number, span);
                    return quote_spanned!(span=> break #label #exception);
                }
                Layer::Hidden(hidden) => {
                    hidden.raises = true;
                    self.has_errors |= error.is_some();
                    let name = format_ident!("__raised_{}", hidden.number, span = span);
                    let end = self.end(span);
                    return quote_spanned!(span=> { #name = #private::Some(#exception); return #end });
                }
                _ => {}
            }
        }
        self.leaks = self.leaks.or(error);
        let (yielder, end) = (Self::yielder(span), self.end(span));
        let end = if self.returns_result { end } else { quote!() };
        quote_spanned!(span=> { #private::raise_out(#exception, &mut #yielder); return #end })
    }

    /// Raises what has waited for clean-up to end, unless an error is being `returned`.
    pub(crate) fn raise_due(&mut self, ending: Ending<'_>, span: Span) -> TokenStream {
        let (private, yielder, exception) = (self.private(span), Self::yielder(span), Ident::new("__exception", span));
        let raise = self.raise_here(&quote!(#exception), None, span);
        let due = if let Ending::Returned(result) = ending {
            quote_spanned!(span=> #private::due_after(&#result, &mut #yielder))
        } else {
            quote_spanned!(span=> #private::due(&mut #yielder))
        };
        quote_spanned!(span=> if let #private::Some(#exception) = #due { #raise })
    }

    /// An exception that is raised in clean-up ends that, and may have to give way to what has waited for its end.
    fn out_of_clean_up(&self, exception: &TokenStream, span: Span) -> TokenStream {
        let leads_to = |layer: &Layer| matches!(layer, Layer::Scope(_) | Layer::Hidden(_));
        let inside = self.layers.iter().rposition(leads_to).map_or(0, |at| at + 1);
        let Some(clean_up) = self.layers[inside..].iter().position(|layer| matches!(layer, Layer::CleanUp)) else {
            return exception.clone();
        };
        let (private, yielder) = (self.private(span), Self::yielder(span));
        let raised = Ident::new("__raised", span);
        let stand = self.stand(&self.place_at(inside + clean_up), span);
        quote_spanned! {span=>
            {
                let #raised = #exception;
                #stand
                #private::settled(#raised, &mut #yielder)
            }
        }
    }

    /// The exits of a scope: `code` goes into as many blocks. Each ends with what `clean_up` makes, and then goes on from
    /// the current point, which is outside of the scope.
    pub(crate) fn with_exits(
        &mut self,
        scope: &Scope,
        mut code: TokenStream,
        span: Span,
        mut clean_up: impl FnMut(&mut Self, Ending<'_>, &TokenStream) -> TokenStream,
    ) -> TokenStream {
        let value = Ident::new("__way", span);
        for (number, exit) in scope.exits.iter().enumerate() {
            let label = exit_label(scope.number, number, span);
            let ending = if *exit == Exit::RETURN_RESULT { Ending::Returned(&value) } else { Ending::Normal };
            let due = self.raise_due(ending, span);
            let clean_up = clean_up(self, ending, &due);
            let go = self.go_on(*exit, &value, span);
            code = quote_spanned! {span=>
                let #value = #label: { #code };
                #[allow(unreachable_code)]
                {
                    #clean_up
                    #go
                }
            };
        }
        code
    }
}

fn number_of(exits: &mut Vec<Exit>, exit: Exit) -> usize {
    exits.iter().position(|known| *known == exit).unwrap_or_else(|| {
        exits.push(exit);
        exits.len() - 1
    })
}
