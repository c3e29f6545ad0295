"""Faults of the keyword form: of what the macros expand to, and of what that calls."""

EXIT = "            let clean_up = clean_up(self);\n"


def skipped_on(way):
    return (EXIT, f"            let clean_up = if matches!(exit.way, {way}) {{ quote!() }} else {{ clean_up(self) }};\n")


FAULTS = {
    "clean-up is skipped at the end of its block": (
        "#normal\n                break #whole #value;",
        "break #whole #value;",
    ),
    "clean-up is skipped on a return": skipped_on("Way::Return"),
    "clean-up is skipped on a break": skipped_on("Way::Break(_)"),
    "clean-up is skipped on a continue": skipped_on("Way::Continue(_)"),
    "clean-up is skipped on an exception": (
        "#last\n                #[allow(unreachable_code)]\n                #goes_on",
        "#[allow(unreachable_code)]\n                #goes_on",
    ),
    "clean-up is interrupted at its awaits": ("place.masked = true;", "place.masked = false;"),
    "exceptions wait on when clean-up has ended": ("#outside\n                #due", "#due"),
    "an exception is raised at the outermost scope": (
        "for layer in self.layers.iter_mut().rev() {\n            match layer {\n                Layer::Scope(scope) => {\n                    scope.error",
        "for layer in self.layers.iter_mut() {\n            match layer {\n                Layer::Scope(scope) => {\n                    scope.error",
    ),
    "a `try` that catches errors swallows GeneratorExit": (
        "caught.extend(quote_spanned!(span=> #private::Exception::GeneratorExit => #raise,));",
        "let _ = raise;\n            caught.extend(quote_spanned!(span=> #private::Exception::GeneratorExit => ::core::default::Default::default(),));",
    ),
    "a handler runs in its own `try`": (
        "#outside\n                match #exception { #caught }",
        "match #exception { #caught }",
    ),
    "a `try` that has ended is counted as a scope": (
        "#outside\n                    break #whole #done;",
        "break #whole #done;",
    ),
    "scopes that a break leaves are still counted": (
        "None => quote_spanned!(span=> { #stand #keyword #label }),",
        "None => quote_spanned!(span=> { #keyword #label }),",
    ),
    "an await in a scope is not interrupted": (
        "if let Some(exception) = this.mailbox.take_exception() {\n            return Poll::Ready(Err(exception));\n        }\n        match this.future.poll(cx)",
        "match this.future.poll(cx)",
    ),
    "a yield in a scope lets exceptions past it": (
        "let raise = (self.in_scope() || self.in_clean_up())\n",
        "let raise = false\n",
    ),
    "a delegation in a scope lets exceptions past it": (
        "let outcome = if self.in_scope() || self.in_clean_up() {",
        "let outcome = if false {",
    ),
    "a loop does not see an exception while it waits": (
        "match self.mailbox.take_exception() {\n            Some(exception) => Poll::Ready(Err(exception)),\n            None => K::poll_next",
        "match None::<Exception<E>> {\n            Some(exception) => Poll::Ready(Err(exception)),\n            None => K::poll_next",
    ),
    "what has waited is lost after clean-up": (
        "pub fn due<L: Lend>(yielder: &mut L) -> Option<Exception<L::Error>> {\n    yielder.lend().mailbox.take_exception()",
        "pub fn due<L: Lend>(yielder: &mut L) -> Option<Exception<L::Error>> {\n    yielder.lend().mailbox.take_exception().filter(|_| false)",
    ),
    "GeneratorExit on its way goes before what waits": (
        "Exception::GeneratorExit => due(yielder).unwrap_or(Exception::GeneratorExit),",
        "Exception::GeneratorExit => Exception::GeneratorExit,",
    ),
    "a generator that a loop borrows is closed": (
        "where &'a mut T: AsyncGenerator => OfBorrowed",
        "where &'a mut T: AsyncGenerator => OfGenerator",
    ),
    "a pinned generator that a loop borrows is closed": (
        "['a, T: ?Sized] &&&&&Probe<Pin<&'a mut T>> where T: AsyncGenerator => OfBorrowed",
        "['a, T: ?Sized] &&&&&Probe<Pin<&'a mut T>> where T: AsyncGenerator => OfGenerator",
    ),
    "a generator that a loop owns is not closed": (
        "if generator.state() == State::Closed {\n        return Poll::Ready(Ok(()));",
        "if true {\n        return Poll::Ready(Ok(()));",
    ),
    "an error of a loop's closing is lost": (
        "                #outside\n                #raise\n            }\n        }\n    }\n}",
        "                #outside\n            }\n        }\n    }\n}",
    ),
    "an error that is returned is lost": (
        "pub fn end_with<L: Lend>(result: Result<(), L::Error>, yielder: &mut L) {\n    if let Err(error) = result {",
        "pub fn end_with<L: Lend>(result: Result<(), L::Error>, yielder: &mut L) {\n    if let (Err(error), true) = (result, false) {",
    ),
    "what a macro hides in a `try` is not seen": ("|| self.in_try() && is_unknown", "|| false && is_unknown"),
}
