//! A program as `async_gen!` source: a function for each of its generators, `g0` and so on.
//!
//! What can be written in several ways is written in each of them in turn: the language has more than the oracle's
//! programs have statements.

use crate::program::{Block, Cond, Expr, Filter, Id, Kind, Program, Stmt, Var, has_value, visit};

/// How loops over generators are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loops {
    /// `for await item in generator`, which closes it. What it yields meanwhile is lost (D13).
    ByValue,
    /// The loop borrows its generator, and a `finally` around it closes that. What it yields meanwhile is an error.
    ByHand,
}

/// What is at the head of the source of all programs.
pub const PRELUDE: &str = "\
use std::pin::pin;

#[allow(unused_imports)]
use asyncgen::{AsyncGenerator, Exception, ReturningGenerator, async_gen};
#[allow(unused_imports)]
use conformance::keyword::{Fault, World};
#[allow(unused_imports)]
use conformance::program::Kind;
#[allow(unused_imports)]
use conformance::script::{Boxed, BoxedReturning, Error, Made};

// What the macros do not know may hide an await, and ways out.
macro_rules! tick { ($w:expr, $id:expr, $tick:expr) => { $w.tick($id, $tick).await }; }
macro_rules! bail { ($fault:expr) => { return Err($fault.into()) }; }
macro_rules! leave { () => { return Ok(()) }; }
macro_rules! pass { ($e:expr) => { $e }; }
";

/// A program as source.
#[derive(Debug)]
pub struct Rendered {
    /// The functions.
    pub source: String,
    /// The generators that do not log their end: `return` leaves them, and nothing comes after it.
    pub silent: Vec<usize>,
}

/// Renders a program.
pub fn render(program: &Program, loops: Loops) -> Rendered {
    let mut body = Renderer {
        loops,
        source: String::new(),
        turn: 0,
        is_asked_for_types: false,
        silent: Vec::new(),
        is_labelled: false,
        ends: program.iter().map(Ends::of).collect(),
        own: Ends::Nothing,
    };
    for (index, block) in program.iter().enumerate() {
        body.generator(index, block);
    }
    let made = ["Plain", "Sometimes", "Always"][body.ends[0] as usize];
    body.source += "pub(super) fn made(w: &World) -> Made<'_, Error> { Made::";
    body.source += made;
    body.source += "(g0(w)) }\n";
    Rendered { source: body.source, silent: body.silent }
}

struct Renderer {
    loops: Loops,
    source: String,
    turn: usize,
    /// Does the body need a header?
    is_asked_for_types: bool,
    silent: Vec<usize>,
    /// Is the body a block that has a label, and is left as such?
    is_labelled: bool,
    /// What each of the generators ends with, and the one that is being written.
    ends: Vec<Ends>,
    own: Ends,
}

/// What a generator ends with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
    /// `()`.
    Nothing,
    /// A value, or Python's `None`: an `Option<i64>`.
    Sometimes,
    /// A value: an `i64`.
    Always,
}

impl Ends {
    fn of(block: &Block) -> Self {
        let mut returns = false;
        visit(block, &mut |stmt| returns |= *stmt == Stmt::Return);
        match (has_value(block), block.last()) {
            (false, _) => Self::Nothing,
            (true, Some(Stmt::ReturnValue(_))) if !returns => Self::Always,
            (true, _) => Self::Sometimes,
        }
    }

    fn type_(self) -> &'static str {
        match self {
            Self::Nothing => "()",
            Self::Sometimes => "Option<i64>",
            Self::Always => "i64",
        }
    }

    /// What `return` has after it.
    fn value(self, value: Option<Expr>) -> String {
        match (self, value) {
            (Self::Nothing, _) => String::new(),
            (Self::Sometimes, None) => "None".into(),
            (Self::Sometimes, Some(value)) => format!("Some({})", expression(value)),
            (Self::Always, value) => expression(value.expect("it always has one")),
        }
    }
}

/// Where a statement is.
#[derive(Clone)]
struct Place {
    depth: usize,
    /// The label of the innermost loop, if it has one.
    label: Option<usize>,
    /// Is there a `catch` around it that errors might come to?
    in_try: bool,
    /// What the handlers around it have caught.
    caught: Vec<Caught>,
}

#[derive(Clone, Copy)]
struct Caught {
    id: Id,
    what: What,
    /// May the error be used up? Not where another block might come to it too.
    is_owned: bool,
}

/// Half of what Python's `except` may catch: there are two kinds of `catch`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Error,
    Exit,
}

impl Place {
    fn deeper(&self) -> Self {
        Self { depth: self.depth + 1, ..self.clone() }
    }

    /// In a block that what comes after it can follow, whichever way it is left.
    fn lent(&self) -> Self {
        let mut place = self.deeper();
        place.caught.iter_mut().for_each(|caught| caught.is_owned = false);
        place
    }
}

impl Renderer {
    fn line(&mut self, place: &Place, text: &str) {
        self.source.extend(std::iter::repeat_n("    ", place.depth));
        self.source.push_str(text);
        self.source.push('\n');
    }

    /// The next of so many ways to write something.
    fn next(&mut self, ways: usize) -> usize {
        self.turn += 1;
        // Those that are used in turn by statements which follow each other in turn would always be the same.
        (self.turn * 7 / 3) % ways
    }

    fn generator(&mut self, index: usize, block: &Block) {
        let place = Place { depth: 1, label: None, in_try: false, caught: Vec::new() };
        let top = Place { depth: 0, ..place.clone() };
        let before = std::mem::take(&mut self.source);
        self.is_asked_for_types = false;
        self.line(&place, &format!("w.log(\"begin{index}\");"));
        self.line(
            &place,
            "let (mut v0, mut v1, mut v2): (Option<i64>, Option<i64>, Option<i64>) = (None, None, None);",
        );
        self.own = self.ends[index];
        let mut returns = false;
        visit(block, &mut |stmt| returns |= matches!(stmt, Stmt::Return | Stmt::ReturnValue(_)));
        self.is_labelled = returns && self.next(2) == 0;
        match (self.own, self.is_labelled) {
            (Ends::Nothing, true) => {
                self.line(&place, "'body: {");
                self.block(&place.deeper(), block);
                self.line(&place, "}");
            }
            (_, true) => {
                self.line(&place, "let value = 'body: {");
                self.with_end(&place.deeper(), block, false);
                self.line(&place, "};");
            }
            (Ends::Nothing, false) => self.block(&place, block),
            (_, false) => self.with_end(&place, block, true),
        }
        if returns && !self.is_labelled {
            self.silent.push(index);
        } else {
            self.line(&place, &format!("w.log(\"end{index}\");"));
        }
        if self.is_labelled && self.own != Ends::Nothing {
            let end = ["value", "Ok(value)", "return value;", "return Ok(value);"][self.next(4)];
            self.line(&place, end);
        }
        let body = std::mem::replace(&mut self.source, before);

        let is_boxed = index == 0 || self.next(2) == 0;
        let (public, types) =
            (if index == 0 { "pub(super) " } else { "" }, "Yield = i64, Sent = Option<i64>, Error = Error");
        let (output, open, close) = if is_boxed {
            ("Boxed<'_, Error>".into(), "Box::pin(async_gen! {", "})")
        } else {
            (format!("impl AsyncGenerator<{types}>"), "async_gen! {", "}")
        };
        let output = match (self.own, is_boxed) {
            (Ends::Nothing, _) => output,
            (own, true) => format!("BoxedReturning<'_, Error, {}>", own.type_()),
            (own, false) => format!("impl ReturningGenerator<{types}, Return = {}>", own.type_()),
        };
        self.line(&top, &format!("{public}fn g{index}(w: &World) -> {output} {{ {open}"));
        if is_boxed || self.is_asked_for_types {
            for alias in ["type Yield = i64;", "type Sent = Option<i64>;", "type Error = Error;"] {
                self.line(&place, alias);
            }
        }
        if self.own != Ends::Nothing {
            self.line(&place, &format!("type Return = {};", self.own.type_()));
        }
        self.source.push_str(&body);
        self.line(&top, &format!("{close} }}"));
    }

    /// The body of a generator with a value, which it evaluates to.
    fn with_end(&mut self, place: &Place, block: &Block, may_be_result: bool) {
        let (value, rest) = match block.as_slice() {
            [rest @ .., Stmt::ReturnValue(value)] => (Some(*value), rest),
            rest => (None, rest),
        };
        self.block(place, &rest.to_vec());
        let value = self.own.value(value);
        let line = match self.next(if may_be_result { 4 } else { 1 }) {
            0 => value,
            1 => format!("Ok({value})"),
            2 => format!("return {value};"),
            _ => format!("return Ok({value})"),
        };
        self.line(place, &line);
    }

    fn block(&mut self, place: &Place, block: &Block) {
        for stmt in block {
            self.stmt(place, stmt);
        }
    }

    fn stmt(&mut self, place: &Place, stmt: &Stmt) {
        match stmt {
            Stmt::Mark(id) => self.log(place, &format!("mark{id}")),
            Stmt::Yield(id, value, var) => self.yield_(place, *id, *value, *var),
            Stmt::Await(id, polls) => self.await_(place, *id, *polls),
            Stmt::Let(var, value) => self.line(place, &format!("v{var} = Some({});", expression(*value))),
            Stmt::If(cond, then, otherwise) => self.if_(place, *cond, then, otherwise),
            Stmt::Repeat(times, block) => {
                let inside = self.labelled(place, &format!("for _ in 0..{times}"));
                self.block(&inside, block);
                self.line(place, "}");
            }
            Stmt::Break => self.leave_loop(place, "break"),
            Stmt::Continue => self.leave_loop(place, "continue"),
            Stmt::Try(id, block, handlers) => self.try_(place, *id, block, handlers),
            Stmt::Finally(id, block, clean_up) => self.finally(place, *id, block, clean_up),
            Stmt::Raise(_, Kind::Exit) => self.raise_exit(place),
            Stmt::Raise(id, kind) => self.raise(place, &format!("Fault(Kind::{kind:?}, {id})")),
            Stmt::Reraise(id) => self.reraise(place, *id),
            Stmt::Return if self.own != Ends::Nothing => self.return_(place, None),
            Stmt::ReturnValue(value) => self.return_(place, Some(*value)),
            Stmt::Return => {
                let way = match (self.next(4), self.is_labelled) {
                    (0, true) => "pass!(break 'body);",
                    (_, true) => "break 'body;",
                    (0, _) => "leave!();",
                    (1, _) => "pass!(return);",
                    _ => "return;",
                };
                self.line(place, way);
            }
            Stmt::From(id, index, var) => {
                self.log(place, &format!("from{id}"));
                self.from(place, *id, *index, *var);
            }
            Stmt::For(id, var, index, block) => {
                match self.loops {
                    Loops::ByValue => self.for_by_value(place, *id, *var, *index, block),
                    Loops::ByHand => self.for_by_hand(place, *id, *var, *index, block),
                }
                self.log(place, &format!("for{id}."));
            }
        }
    }

    /// With a value.
    fn return_(&mut self, place: &Place, value: Option<Expr>) {
        let value = self.own.value(value);
        let way = match (self.next(4), self.is_labelled) {
            (0, true) => format!("pass!(break 'body {value});"),
            (_, true) => format!("break 'body {value};"),
            (0, _) => format!("pass!(return {value});"),
            (1, _) => format!("return Ok({value});"),
            _ => format!("return {value};"),
        };
        self.line(place, &way);
    }

    fn from(&mut self, place: &Place, id: Id, index: usize, var: Option<Var>) {
        let Some(var) = var else {
            self.line(place, &format!("yield from g{index}(w);"));
            self.log(place, &format!("from{id}."));
            return;
        };
        let line = match (self.ends[index], self.next(3)) {
            (Ends::Nothing, _) => format!("let () = yield from g{index}(w); v{var} = w.evaluated({id}, Some(None));"),
            (_, 0) => format!("let value = yield from g{index}(w); v{var} = w.evaluated({id}, value);"),
            (_, 1) => format!("v{var} = w.evaluated({id}, (yield from g{index}(w)));"),
            _ => format!("match yield from g{index}(w) {{ value => v{var} = w.evaluated({id}, value) }}"),
        };
        self.line(place, &line);
    }

    fn log(&mut self, place: &Place, word: &str) {
        self.line(place, &format!("w.log(\"{word}\");"));
    }

    fn yield_(&mut self, place: &Place, id: Id, value: Expr, var: Option<Var>) {
        self.log(place, &format!("yield{id}"));
        let value = expression(value);
        let target = var.map_or("_".into(), |var| format!("v{var}"));
        let line = match self.next(5) {
            0 => format!("{target} = w.got({id}, yield {value});"),
            1 => format!("let sent = yield {value}; {target} = w.got({id}, sent);"),
            // In the arguments of a macro, it is a future.
            2 => format!("let sent: Option<i64> = vec![yield {value}][0]; {target} = w.got({id}, sent);"),
            3 => format!("match yield {value} {{ sent => {target} = w.got({id}, sent) }}"),
            _ => format!("{target} = {{ let sent = (yield {value}); w.got({id}, sent) }};"),
        };
        self.line(place, &line);
    }

    fn await_(&mut self, place: &Place, id: Id, polls: u8) {
        match self.next(3) {
            0 => (0..polls).for_each(|tick| self.line(place, &format!("tick!(w, {id}, {tick});"))),
            1 => self.line(place, &format!("for tick in 0..{polls} {{ w.tick({id}, tick).await; }}")),
            _ => (0..polls).for_each(|tick| self.line(place, &format!("w.tick({id}, {tick}).await;"))),
        }
        self.log(place, &format!("await{id}."));
    }

    fn if_(&mut self, place: &Place, Cond(var, value): Cond, then: &Block, otherwise: &Block) {
        let inside = place.deeper();
        if self.next(2) == 0 {
            self.line(place, &format!("if v{var} == {value:?} {{"));
            self.block(&inside, then);
            if !otherwise.is_empty() {
                self.line(place, "} else {");
                self.block(&inside, otherwise);
            }
            self.line(place, "}");
        } else {
            self.line(place, &format!("match v{var} {{"));
            self.arm(&inside, &format!("{value:?}"), then);
            self.arm(&inside, "_", otherwise);
            self.line(place, "}");
        }
    }

    /// Of a `match`.
    fn arm(&mut self, place: &Place, pattern: &str, block: &Block) {
        // A `try` needs no braces around it.
        if matches!(block.as_slice(), [Stmt::Try(..) | Stmt::Finally(..)]) && self.next(2) == 0 {
            self.line(place, &format!("{pattern} =>"));
            self.block(&place.deeper(), block);
        } else {
            self.line(place, &format!("{pattern} => {{"));
            self.block(&place.deeper(), block);
            self.line(place, "}");
        }
    }

    /// The head of a loop, which may have a label.
    fn labelled(&mut self, place: &Place, head: &str) -> Place {
        let inside = place.lent();
        let label = (self.next(2) == 0).then_some(inside.depth);
        let written = label.map_or(String::new(), |label| format!("'l{label}: "));
        self.line(place, &format!("{written}{head} {{"));
        Place { label, ..inside }
    }

    fn leave_loop(&mut self, place: &Place, keyword: &str) {
        let way = place.label.map_or_else(|| keyword.into(), |label| format!("{keyword} 'l{label}"));
        let line = if self.next(3) == 0 { format!("pass!({way});") } else { format!("{way};") };
        self.line(place, &line);
    }

    fn try_(&mut self, place: &Place, id: Id, block: &Block, handlers: &[(Filter, Block)]) {
        if let ([(Filter::Error, handler)], true) = (handlers, self.next(2) == 0) {
            return self.try_alone(place, id, block, handler);
        }
        self.line(place, "try {");
        self.try_block(place, id, block);
        self.handlers(place, id, handlers);
        self.line(place, "}");
    }

    /// `try` without a `catch` is a `Result`.
    fn try_alone(&mut self, place: &Place, id: Id, block: &Block, handler: &Block) {
        self.line(place, &format!("if let Err(e{id}) = try {{"));
        self.try_block(place, id, block);
        self.line(place, "} {");
        self.handler(place, id, What::Error, handler);
        self.line(place, "}");
    }

    fn try_block(&mut self, place: &Place, id: Id, block: &Block) {
        let inside = Place { in_try: true, ..place.lent() };
        self.log(&inside, &format!("try{id}"));
        self.block(&inside, block);
        self.log(&inside, &format!("left{id}"));
    }

    /// Each is a `catch`, or two. Those that nothing can come to are left out.
    fn handlers(&mut self, place: &Place, id: Id, handlers: &[(Filter, Block)]) {
        let (mut errors_are_caught, mut exit_is_caught) = (false, false);
        for (filter, handler) in handlers {
            if *filter != Filter::Exit && !errors_are_caught {
                let pattern = self.pattern(id, *filter);
                self.line(place, &format!("}} catch {pattern} {{"));
                self.handler(place, id, What::Error, handler);
            }
            if filter.catches(Some(Kind::Exit)) && !exit_is_caught {
                let exit = ["GeneratorExit", "Exception::GeneratorExit"][self.next(2)];
                self.line(place, &format!("}} catch {exit} {{"));
                self.handler(place, id, What::Exit, handler);
            }
            errors_are_caught |= matches!(filter, Filter::Error | Filter::Any);
            exit_is_caught |= filter.catches(Some(Kind::Exit));
        }
    }

    /// With a guard, if need be.
    fn pattern(&mut self, id: Id, filter: Filter) -> String {
        let (mut pattern, mut guard) = (format!("e{id}"), String::new());
        if !matches!(filter, Filter::Error | Filter::Any) {
            match self.next(2) {
                0 => {
                    self.is_asked_for_types = true;
                    guard = format!(" if e{id}.kind == Some(Kind::{filter:?})");
                }
                _ => pattern = format!("e{id} @ Error {{ kind: Some(Kind::{filter:?}), .. }}"),
            }
        }
        pattern + &guard
    }

    fn handler(&mut self, place: &Place, id: Id, what: What, handler: &Block) {
        let mut inside = place.deeper();
        inside.caught.push(Caught { id, what, is_owned: true });
        match what {
            What::Error => self.line(&inside, &format!("w.caught({id}, &e{id});")),
            What::Exit => self.log(&inside, &format!("catch{id}=GeneratorExit:")),
        }
        self.block(&inside, handler);
    }

    fn finally(&mut self, place: &Place, id: Id, block: &Block, clean_up: &Block) {
        self.line(place, "try {");
        match block.as_slice() {
            // The two in one.
            [Stmt::Try(inner, block, handlers)] if self.next(2) == 0 => {
                let place = &place.lent();
                self.log(place, &format!("try{id}"));
                self.try_block(place, *inner, block);
                self.handlers(place, *inner, handlers);
            }
            block => {
                let inside = place.lent();
                self.log(&inside, &format!("try{id}"));
                self.block(&inside, &block.to_vec());
            }
        }
        self.line(place, "} finally {");
        let inside = place.lent();
        self.log(&inside, &format!("finally{id}"));
        self.block(&inside, clean_up);
        self.log(&inside, &format!("finally{id}."));
        self.line(place, "}");
    }

    fn raise(&mut self, place: &Place, fault: &str) {
        let line = match self.next(7) {
            0 => format!("Err::<(), _>({fault})?;"),
            // It goes past every `catch`.
            1 if !place.in_try => format!("return Err({fault}.into());"),
            2 => format!("raise!({fault});"),
            3 => format!("bail!({fault});"),
            4 => format!("pass!(raise!({fault}));"),
            5 => format!("pass!(Err::<(), _>({fault})?);"),
            _ => format!("raise!(Error::from({fault}));"),
        };
        self.line(place, &line);
    }

    fn raise_exit(&mut self, place: &Place) {
        let exit = ["GeneratorExit", "Exception::GeneratorExit"][self.next(2)];
        self.line(place, &format!("raise!({exit});"));
    }

    fn reraise(&mut self, place: &Place, id: Id) {
        let caught = place.caught.iter().rev().find(|caught| caught.id == id).expect("the case is well-formed");
        match caught.what {
            What::Exit => self.raise_exit(place),
            What::Error if caught.is_owned => self.line(place, &format!("raise!(e{id});")),
            What::Error => self.line(place, &format!("raise!(e{id}.clone());")),
        }
    }

    fn for_by_value(&mut self, place: &Place, id: Id, var: Var, index: usize, block: &Block) {
        let mut generator = format!("g{index}(w)");
        if self.next(2) == 0 {
            self.log(place, &format!("for{id}"));
        } else {
            generator = format!("{{ w.log(\"for{id}\"); {generator} }}");
        }
        self.for_(place, &generator, id, var, block);
    }

    fn for_by_hand(&mut self, place: &Place, id: Id, var: Var, index: usize, block: &Block) {
        let (make, lend) = match self.next(2) {
            0 => (format!("let mut i{id} = pin!(g{index}(w));"), format!("i{id}.as_mut()")),
            _ => (format!("let mut i{id} = Box::pin(g{index}(w));"), format!("&mut i{id}")),
        };
        self.line(place, &make);
        self.line(place, "try {");
        let inside = place.lent();
        self.log(&inside, &format!("for{id}"));
        self.for_(&inside, &lend, id, var, block);
        self.line(place, "} finally {");
        self.line(&inside, &format!("w.close(&mut i{id}).await?;"));
        self.line(place, "}");
    }

    fn for_(&mut self, place: &Place, generator: &str, id: Id, var: Var, block: &Block) {
        let inside = self.labelled(place, &format!("for await item in {generator}"));
        self.line(&inside, &format!("v{var} = w.item({id}, item);"));
        self.block(&inside, block);
        self.line(place, "}");
    }
}

fn expression(Expr(number, var): Expr) -> String {
    match (number, var) {
        (number, None) => number.to_string(),
        (0, Some(var)) => format!("v{var}.unwrap_or(0)"),
        (number, Some(var)) => format!("v{var}.unwrap_or(0) + {number}"),
    }
}
