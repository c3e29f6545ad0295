"""Faults of the keyword form: of what the macros expand to, and of what that calls."""

EXIT = "            let clean_up = clean_up(self, &due);\n"


def skipped_on(way, of):
    """Clean-up is skipped on this way out of `try` blocks, or of loops."""
    condition = f"matches!(exit.way, {way}) && {'scope.is_loop' if of == 'for' else '!scope.is_loop'}"
    return (EXIT, f"            let clean_up = if {condition} {{ due.clone() }} else {{ clean_up(self, &due) }};\n")


def skipped_at_end(of):
    run = "let normal = clean_up.run(self, &due, span);"
    return (run, f'let normal = if name == "{of}" {{ due.clone() }} else {{ clean_up.run(self, &due, span) }};')


def skipped_on_exception(of):
    run = "let last = clean_up.run(self, &settle, span);"
    return (run, f'let last = if name == "{of}" {{ settle.clone() }} else {{ clean_up.run(self, &settle, span) }};')


NOTHING = "()"

FAULTS = {
    # What is sent, and what is thrown in.
    "a value that is sent to a yield outside of scopes is lost": (
        "let sent = mailbox.receive();\n    if sent.is_none()",
        "let sent = mailbox.receive().map(|sent| L::Sent::nothing().unwrap_or(sent));\n    if sent.is_none()",
    ),
    "a value that is sent to a yield in a scope is lost": (
        "Some(sent) => Resumed::Sent(sent),",
        "Some(sent) => Resumed::Sent(L::Sent::nothing().unwrap_or(sent)),",
    ),
    "a yield in a scope lets exceptions past it": (
        "let raise = self.protects().then(|| self.raise_here(&exception.to_token_stream(), None, user_span));\n        if self.in_arguments",
        "let raise = false.then(|| self.raise_here(&exception.to_token_stream(), None, user_span));\n        if self.in_arguments",
    ),
    "a yield in a macro's arguments lets exceptions past it": (
        "let raise = self.protects().then(|| self.raise_here(&exception.to_token_stream(), None, user_span));\n        if self.in_arguments",
        "let raise = (self.protects() && self.in_arguments == 0).then(|| self.raise_here(&exception.to_token_stream(), None, user_span));\n        if self.in_arguments",
    ),
    "what waits is not raised at a yield of clean-up": (
        "mailbox.hand_over(value);\n    mailbox.take_exception()",
        "let () = mailbox.hand_over(value);\n    None",
    ),
    "an await in a scope is not interrupted": (
        "if let Some(exception) = this.mailbox.take_exception() {\n            return Poll::Ready(Err(exception));\n        }\n        poll_and_take(this.future, this.mailbox, cx)",
        "this.future.poll(cx).map(Ok)",
    ),
    "a hidden await in a scope is not interrupted": ("let awaited = if self.interruptible() {", "let awaited = if false {"),
    "a hidden await raises what has waited before it has begun": (
        "if core::mem::replace(this.begun, true) {",
        "if core::mem::replace(this.begun, true) || true {",
    ),
    "a delegation in a scope lets exceptions past it": (
        "let outcome = if self.protects() {",
        "let outcome = if false {",
    ),
    "a delegate's error is swallowed in a scope": (
        "Poll::Pending => match delegation.mailbox().take_exception() {\n                Some(exception)",
        "Poll::Pending => match delegation.mailbox().take_exception() {\n                Some(Exception::Error(_)) => Poll::Ready(Ok(())),\n                Some(exception)",
    ),
    "GeneratorExit does not go on after a delegation in a scope": (
        "Poll::Pending => match delegation.mailbox().take_exception() {\n                Some(exception)",
        "Poll::Pending => match delegation.mailbox().take_exception() {\n                Some(Exception::GeneratorExit) => Poll::Ready(Ok(())),\n                Some(exception)",
    ),
    # Where exceptions go.
    "an exception is raised at the outermost scope": (
        "for layer in self.layers.iter_mut().rev() {\n            match layer {\n                Layer::Scope(scope) => {\n                    scope.error",
        "let from = self.layers.iter().rposition(|layer| matches!(layer, Layer::Hidden(_))).unwrap_or(0);\n        for layer in &mut self.layers[from..] {\n            match layer {\n                Layer::Scope(scope) => {\n                    scope.error",
    ),
    "an exception that leaves the body is lost": (
        "mailbox.stand(0, false, false);\n    mailbox.raise(exception);",
        "mailbox.stand(0, false, false);\n    drop(exception);",
    ),
    "`?` goes past the scopes": ("(is_hidden || !self.protects())", "(is_hidden || !self.protects() || true)"),
    "a `catch` swallows GeneratorExit": (
        "caught.extend(quote_spanned!(span=> #private::Exception::GeneratorExit => #raise,));",
        f"let _ = raise;\n            caught.extend(quote_spanned!(span=> #private::Exception::GeneratorExit => {NOTHING},));",
    ),
    "a `try` alone swallows GeneratorExit": (
        "#private::Exception::GeneratorExit => #exit,",
        f"#private::Exception::GeneratorExit => #private::Ok({NOTHING}),",
    ),
    "a `try` swallows errors that no `catch` is for": (
        "#private::Exception::Error(#exception) => #raise,\n            });",
        f"#private::Exception::Error(_) => {NOTHING},\n            }});\n            let _ = raise;",
    ),
    "the guard of a `catch` is not asked": (
        "arm.guard.as_ref().map(|guard| quote!(if #guard));",
        "arm.guard.as_ref().map(|guard| quote!(if #guard || true));",
    ),
    # What the engine is told.
    "a scope is not counted": ("place.depth += 1;\n                    place.missed |= scope.missed;", "place.missed |= scope.missed;"),
    "a loop is not counted as a scope": ("if K::CLOSES {\n        stand", "if false {\n        stand"),
    "a handler is counted as a part of its `try`": (
        "#outside\n                match #exception { #caught }",
        "match #exception { #caught }",
    ),
    "a `try` that has ended is counted as a scope": (
        "#outside\n                    break #whole #done;",
        "break #whole #done;",
    ),
    "scopes that a break leaves are still counted": (
        "return quote_spanned!(span=> { #stand #keyword #label }) };",
        "let _ = stand;\n                        return quote_spanned!(span=> { #keyword #label });\n                    };",
    ),
    # Clean-up.
    "a `finally` is skipped at the end of its block": skipped_at_end("try"),
    "a `finally` is skipped on a return": skipped_on("Way::Return", "try"),
    "a `finally` is skipped on a break": skipped_on("Way::Break(_)", "try"),
    "a `finally` is skipped on a continue": skipped_on("Way::Continue(_)", "try"),
    "a `finally` is skipped on an exception": skipped_on_exception("try"),
    "a `finally` is interrupted at its awaits": ("place.masked = true;", "place.masked = false;"),
    "exceptions wait on when a `finally` has ended": (
        "#outside\n                #then\n            }\n        }\n    }\n}\n\nimpl Body",
        "#then\n            }\n        }\n    }\n}\n\nimpl Body",
    ),
    "exceptions wait on when an exception has ended a `finally`": (
        "let #raised = #exception;\n                #stand\n",
        "let #raised = #exception;\n",
    ),
    "what has waited is lost after clean-up": (
        "pub fn due<L: Lend>(yielder: &mut L) -> Option<Exception<L::Error>> {\n    yielder.lend().mailbox.take_exception()",
        "pub fn due<L: Lend>(yielder: &mut L) -> Option<Exception<L::Error>> {\n    yielder.lend().mailbox.take_exception().filter(|_| false)",
    ),
    "what has waited is not raised at the end of clean-up": (
        "let due = self.raise_due(None, span);",
        "let due = quote!();",
    ),
    "what has waited is not raised after clean-up that a way out has run": (
        "let due = self.raise_due((*exit == Exit::RETURN_RESULT).then_some(&value), span);",
        "let due = quote!();",
    ),
    "what has waited is not raised on a return": (
        "if returned.is_err() { None } else { due(yielder) }",
        "if returned.is_err() || true { None } else { due(yielder) }",
    ),
    "what has waited goes before an error that is returned": (
        "if returned.is_err() { None } else { due(yielder) }",
        "if returned.is_err() { due(yielder) } else { due(yielder) }",
    ),
    "GeneratorExit on its way goes before what waits": (
        "Exception::GeneratorExit => due(yielder).unwrap_or(Exception::GeneratorExit),",
        "Exception::GeneratorExit => Exception::GeneratorExit,",
    ),
    "what waits goes before an error on its way": (
        "error @ Exception::Error(_) => error,",
        "error @ Exception::Error(_) => due(yielder).unwrap_or(error),",
    ),
    "what waits is lost when an error on its way goes first": (
        "error @ Exception::Error(_) => error,",
        "error @ Exception::Error(_) => {\n            drop(due(yielder));\n            error\n        }",
    ),
    # Ways out.
    "a way out leads to the outermost loop": (
        "self.layers.iter().rev().find_map(|layer| match layer {\n            Layer::Target",
        "self.layers.iter().find_map(|layer| match layer {\n            Layer::Target",
    ),
    "an error that is returned out of a scope is lost": (
        "#stand return #evaluated })",
        "#stand let mut ended = #evaluated; if ended.is_err() { ended = #private::Ok(::core::default::Default::default()); } return ended })",
    ),
    "an error that a macro returns is lost": (
        "#private::Err(#error) => #raise,\n                #end => #go,",
        "#private::Err(_) => { let #end = #private::Ok(::core::default::Default::default()); #go }\n                #end => #go,",
    ),
    "what a macro hides is not seen": ("|| sees_to_unknown && is_unknown);", "|| sees_to_unknown && is_unknown && false);"),
    "a way out in a macro's arguments is lost": (
        "if let #private::Some(#value) = #taken { #go }",
        "if let (#private::Some(#value), false) = (#taken, true) { #go }",
    ),
    "an exception that is raised in a macro's arguments is lost": (
        "if let #private::Some(#exception) = #raised { #raise }",
        "if let (#private::Some(#exception), false) = (#raised, true) { #raise }",
    ),
    # Loops.
    "a loop does not see an exception while it waits": (
        "if let #private::Some(#exception) = #private::due(&mut #yielder) {\n                            break",
        "if let (#private::Some(#exception), false) = (#private::none(&mut #yielder), true) {\n                            break",
    ),
    "an error of a loop's generator is lost": (
        "#private::Next::Raised(#exception) => break #raise #exception,",
        "#private::Next::Raised(#exception) => if true { break } else { break #raise #exception },",
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
        "generator.state() != State::Closed && generator.begin(Resume::Close).is_ok()",
        "generator.state() != State::Closed && generator.begin(Resume::Close).is_ok() && false",
    ),
    "a generator is not closed at the end of its loop": skipped_at_end("for"),
    "a generator is not closed when its loop is left by a return": skipped_on("Way::Return", "for"),
    "a generator is not closed when its loop is left by a break of one around it": skipped_on("Way::Break(_)", "for"),
    "a generator is not closed when its loop is left by a continue of one around it": skipped_on("Way::Continue(_)", "for"),
    "a generator is not closed when an exception leaves its loop": skipped_on_exception("for"),
    "the closing of a loop's generator is interrupted": ("closes || masked, yielder);", "masked, yielder);"),
    "exceptions wait on when a loop's generator is closed": (
        "#outside\n                    #then\n                }\n            }\n        }\n    }\n}",
        "#then\n                }\n            }\n        }\n    }\n}",
    ),
    "an error of a loop's closing is lost": ("quote_spanned!(span=> #outside #raise)", "{ let _ = raise; quote_spanned!(span=> #outside) }"),
}
