//! From the generator's keywords to tokens that `syn` can parse.
//!
//! | what the user writes | what `syn` sees |
//! |---|---|
//! | `yield e` | `break '__asyncgen_yield e` |
//! | `yield from g` | `break '__asyncgen_yield_from g` |
//! | `try { .. } catch P { .. } finally E { .. }` | `__asyncgen_try! { try { .. } catch P { .. } finally E { .. } }` |
//! | `for await P in e { .. }` | `for __asyncgen_for_await!(P) in e { .. }` |
//!
//! (`syn` takes a `:` after a label for a mistake. So before a value that begins with `::`, there is another `yield`, which
//! it knows: see `operand`.)
//!
//! `break` stands for `yield` as it may be wherever a `yield` may be, with or without a value. The arguments of macros
//! are left as they are: the macro is asked first what it is (see `arguments`).

use proc_macro2::{Delimiter, Group, Ident, Punct, Spacing, Span, TokenStream, TokenTree};
use syn::parse::Parser;
use syn::{Expr, ExprBreak, Lifetime, Macro, Pat, Path};

const YIELD: &str = "__asyncgen_yield";
const YIELD_FROM: &str = "__asyncgen_yield_from";
const TRY: &str = "__asyncgen_try";
const FOR_AWAIT: &str = "__asyncgen_for_await";

/// Is it the label that stands for `yield`?
pub(crate) fn is_yield(label: Option<&Lifetime>) -> bool {
    label.is_some_and(|label| label.ident == YIELD)
}

/// Is it the label that stands for `yield from`?
pub(crate) fn is_yield_from(label: Option<&Lifetime>) -> bool {
    label.is_some_and(|label| label.ident == YIELD_FROM)
}

/// The operand of a `yield` or `yield from`.
pub(crate) fn operand(keyword: &mut ExprBreak) -> Option<&mut Expr> {
    match keyword.expr.as_deref_mut() {
        Some(Expr::Yield(bridge)) => bridge.expr.as_deref_mut(),
        operand => operand,
    }
}

/// Is it the macro that stands for a `try` block?
pub(crate) fn is_try(mac: &Macro) -> bool {
    mac.path.is_ident(TRY)
}

/// The tokens of the pattern of a `for await` loop.
pub(crate) fn for_await_pattern(pattern: &Pat) -> Option<&TokenStream> {
    match pattern {
        Pat::Macro(pattern) if pattern.mac.path.is_ident(FOR_AWAIT) => Some(&pattern.mac.tokens),
        _ => None,
    }
}

/// Is it `Err(..)`?
pub(crate) fn is_err(expr: &Expr) -> bool {
    let Expr::Call(call) = expr else { return false };
    let Expr::Path(function) = &*call.func else { return false };
    function.path.segments.last().is_some_and(|last| last.ident == "Err")
}

/// Is it `GeneratorExit`, or `Exception::GeneratorExit`?
pub(crate) fn is_generator_exit(path: &Path) -> bool {
    let mut names = path.segments.iter().rev().map(|segment| &segment.ident);
    names.next().is_some_and(|last| last == "GeneratorExit") && names.next().is_none_or(|before| before == "Exception")
}

/// Does an expression that one of the above stands for begin here?
pub(crate) fn begins_marked(tokens: &[TokenTree]) -> bool {
    match tokens {
        [TokenTree::Ident(first), TokenTree::Punct(quote), TokenTree::Ident(label), ..] if first == "break" => {
            quote.as_char() == '\'' && (label == YIELD || label == YIELD_FROM)
        }
        [TokenTree::Ident(first), ..] => first == TRY,
        _ => false,
    }
}

pub(crate) fn is_ident(token: Option<&TokenTree>, name: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(ident)) if ident == name)
}

pub(crate) fn is_punct(token: Option<&TokenTree>, char: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == char)
}

pub(crate) fn is_block(token: Option<&TokenTree>) -> bool {
    matches!(token, Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace)
}

/// After these, a `{` is the block of an expression.
const OPENS_BLOCK: [&str; 11] =
    ["match", "if", "else", "while", "for", "loop", "unsafe", "async", "try", "const", "move"];

fn opens_block(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Ident(ident) if OPENS_BLOCK.iter().any(|keyword| ident == keyword))
}

/// The number of tokens of a macro call that begins here: its name, `!`, and its arguments.
fn macro_call(tokens: &[TokenTree]) -> usize {
    const NO_NAMES: [&str; 10] = ["return", "break", "if", "while", "match", "in", "else", "let", "move", "yield"];
    match tokens {
        [TokenTree::Ident(name), TokenTree::Punct(bang), rest @ ..]
            if bang.as_char() == '!' && !NO_NAMES.iter().any(|keyword| name == keyword) =>
        {
            match rest {
                [TokenTree::Group(_), ..] => 3,
                [TokenTree::Ident(_), TokenTree::Group(_), ..] => 4, // macro_rules! name { .. }
                _ => 0,
            }
        }
        _ => 0,
    }
}

/// Does the `from` that was just read mean delegation? Not if it is a variable or a module of that name: after it comes what
/// can't go on with an expression. (But for parentheses: nobody names a function so.)
fn is_delegation(after: &[TokenTree], in_condition: bool) -> bool {
    const CRATES: [&str; 3] = ["std", "core", "alloc"];
    match after {
        [TokenTree::Ident(ident), ..] => ident != "as" && ident != "else" && ident != "in",
        [TokenTree::Literal(_), ..] => true,
        [TokenTree::Group(group), ..] => match group.delimiter() {
            Delimiter::None | Delimiter::Parenthesis => true,
            // Otherwise it is the block of the condition.
            Delimiter::Brace => !in_condition,
            // Otherwise it is an index.
            Delimiter::Bracket => group.stream().into_iter().any(|token| is_punct(Some(&token), ',')),
        },
        [TokenTree::Punct(punct), then, ..] if punct.as_char() == '&' => is_ident(Some(then), "mut"),
        // A module named `from` would not have these in it.
        [TokenTree::Punct(_), colon, TokenTree::Ident(name), ..] if is_punct(Some(colon), ':') => {
            is_punct(after.first(), ':') && CRATES.iter().any(|known| name == known)
        }
        // `<Type as Trait>::function()`: a comparison does not go on like this.
        [TokenTree::Punct(punct), rest @ ..] if punct.as_char() == '<' => rest
            .windows(3)
            .take_while(|tokens| !is_punct(tokens.first(), ';') && !is_punct(tokens.first(), ','))
            .any(|tokens| is_punct(tokens.first(), '>') && tokens[1..].iter().all(|token| is_punct(Some(token), ':'))),
        _ => false,
    }
}

/// The number of tokens before the first block that isn't part of an expression, as an `operand` that is awaited at first
/// would be.
fn until_block(tokens: &[TokenTree], mut operand: bool) -> Option<usize> {
    let mut opens = false;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                if !core::mem::take(&mut opens) && !operand {
                    return Some(at);
                }
            }
            TokenTree::Punct(punct) if matches!(punct.as_char(), ';' | ',') => return None,
            token => opens |= opens_block(token),
        }
        // After an operator, other than `?`, `..`, and a `>` that may end a type.
        operand = matches!(token, TokenTree::Punct(punct) if !matches!(punct.as_char(), '?' | '.' | '>'));
    }
    None
}

/// The number of tokens between `catch` or `finally` and its block: a pattern, and perhaps a guard.
pub(crate) fn clause_head(tokens: &[TokenTree]) -> Option<usize> {
    let mut at = 0;
    loop {
        match tokens.get(at)? {
            TokenTree::Ident(ident) if ident == "if" => return Some(at + 1 + until_block(&tokens[at + 1..], true)?),
            TokenTree::Group(group)
                if group.delimiter() == Delimiter::Brace
                    && !is_struct_pattern(&tokens[..at], group, &tokens[at + 1..]) =>
            {
                return Some(at);
            }
            TokenTree::Punct(punct) if punct.as_char() == ';' => return None,
            _ => {}
        }
        at += 1;
    }
}

/// Are the braces those of a struct in a pattern, rather than the block after it? Then the pattern goes on after them, or a
/// guard or the block follows, and what is in them can be nothing else.
fn is_struct_pattern(before: &[TokenTree], braces: &Group, after: &[TokenTree]) -> bool {
    let goes_on = match after.first() {
        Some(TokenTree::Ident(ident)) => ident == "if",
        Some(TokenTree::Punct(punct)) => punct.as_char() == '|',
        next => is_block(next),
    };
    let path = before.iter().rev().take_while(|token| match token {
        TokenTree::Ident(_) => true,
        TokenTree::Punct(punct) => punct.as_char() == ':',
        _ => false,
    });
    let mut pattern: Vec<_> = path.cloned().collect();
    pattern.reverse();
    pattern.push(braces.clone().into());
    goes_on && !braces.stream().is_empty() && Pat::parse_single.parse2(pattern.into_iter().collect()).is_ok()
}

/// Where a `{` is the block of an `if`, `while`, `match` or `for`, and not a struct.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent of each other")]
struct Condition {
    open: bool,
    /// In the pattern after `let`.
    pattern: bool,
    /// A block is to come that belongs to an expression in the condition.
    block: bool,
    joint: bool,
}

impl Condition {
    fn see(&mut self, token: &TokenTree) {
        let joint = core::mem::take(&mut self.joint);
        match token {
            TokenTree::Ident(ident) if self.open && ident == "let" => self.pattern = true,
            TokenTree::Ident(_) if self.open => self.block |= opens_block(token),
            TokenTree::Ident(ident) => self.open = ["if", "while", "match", "in"].iter().any(|head| ident == head),
            TokenTree::Punct(punct) => {
                self.joint = punct.spacing() == Spacing::Joint;
                match punct.as_char() {
                    '=' if !joint && !self.joint => self.pattern = false,
                    '>' if joint => *self = Self::default(), // `=>`: it was a guard
                    ';' | ',' => *self = Self::default(),
                    _ => {}
                }
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace && !self.pattern => {
                if !core::mem::take(&mut self.block) {
                    self.open = false;
                }
            }
            TokenTree::Group(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// Rewrites the keywords; mistakes that only the tokens show go to `errors`.
pub(crate) fn desugar(tokens: TokenStream, errors: &mut Vec<syn::Error>) -> TokenStream {
    let tokens: Vec<_> = tokens.into_iter().collect();
    desugar_slice(&tokens, errors).into_iter().collect()
}

fn desugar_slice(tokens: &[TokenTree], errors: &mut Vec<syn::Error>) -> Vec<TokenTree> {
    let mut out = Vec::with_capacity(tokens.len());
    let mut condition = Condition::default();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let rest = &tokens[at + 1..];
        match token {
            TokenTree::Ident(keyword) if keyword == "yield" => {
                let from = is_ident(rest.first(), "from") && is_delegation(&rest[1..], condition.open);
                let mut marked = marked_yield(keyword.span(), from).to_vec();
                at += 1 + usize::from(from);
                if is_punct(tokens.get(at), ':') {
                    marked.push(token.clone());
                }
                // In a condition, the value ends before the block, and `syn` wouldn't see that.
                let length = if condition.open { until_block(&tokens[at..], false) } else { None };
                if let Some(length) = length {
                    marked.extend(desugar_slice(&tokens[at..at + length], errors));
                    out.push(Group::new(Delimiter::None, marked.into_iter().collect()).into());
                    at += length;
                } else {
                    out.extend(marked);
                }
                continue;
            }
            TokenTree::Ident(keyword) if keyword == "try" && is_block(rest.first()) => {
                // After a mistake in a clause nothing is known of what follows.
                let Some(length) = try_block(&tokens[at..], errors) else { return out };
                let is_arm = at > 1 && is_punct(tokens.get(at - 1), '>') && is_punct(tokens.get(at - 2), '=');
                out.extend(marked_macro(TRY, keyword.span(), Delimiter::Brace, &tokens[at..at + length]));
                at += length;
                // A block that is an arm of a `match` needs no comma after it, a macro does.
                if is_arm && !ends_arm(tokens.get(at)) {
                    out.push(Punct::new(',', Spacing::Alone).into());
                }
                continue;
            }
            TokenTree::Ident(keyword) if keyword == "for" && is_ident(rest.first(), "await") => {
                let pattern = &rest[1..];
                let length = pattern.iter().position(|token| is_ident(Some(token), "in")).unwrap_or(pattern.len());
                out.push(token.clone());
                out.extend(marked_macro(FOR_AWAIT, rest[0].span(), Delimiter::Parenthesis, &pattern[..length]));
                at += 2 + length;
                continue;
            }
            TokenTree::Ident(keyword) if keyword == "async" && is_ident(rest.first(), "for") => {
                errors.push(syn::Error::new(
                    keyword.span(),
                    "`async for` is `for await` here: `for await item in items { .. }`",
                ));
            }
            TokenTree::Ident(keyword) if begins_statement(at, tokens) => stray_clause(keyword, rest, errors),
            _ => {}
        }
        // A label may have the name of a macro.
        let is_label = at > 0 && is_punct(tokens.get(at - 1), '\'');
        match if is_label { 0 } else { macro_call(&tokens[at..]) } {
            0 => {
                out.push(desugar_token(token, errors));
                condition.see(token);
                at += 1;
            }
            length => {
                out.extend_from_slice(&tokens[at..at + length]);
                at += length;
            }
        }
    }
    out
}

/// Does the arm of a `match` end with this, or go on, rather than that another begins?
fn ends_arm(token: Option<&TokenTree>) -> bool {
    match token {
        None => true,
        Some(TokenTree::Punct(punct)) => matches!(punct.as_char(), ',' | '.' | '?'),
        Some(_) => false,
    }
}

fn desugar_token(token: &TokenTree, errors: &mut Vec<syn::Error>) -> TokenTree {
    let TokenTree::Group(group) = token else { return token.clone() };
    let mut new = Group::new(group.delimiter(), desugar(group.stream(), errors));
    new.set_span(group.span());
    new.into()
}

fn marked_yield(span: Span, from: bool) -> [TokenTree; 3] {
    let mut quote = Punct::new('\'', Spacing::Joint);
    quote.set_span(span);
    let label = Ident::new(if from { YIELD_FROM } else { YIELD }, span);
    [Ident::new("break", span).into(), quote.into(), label.into()]
}

fn marked_macro(name: &str, span: Span, delimiter: Delimiter, arguments: &[TokenTree]) -> [TokenTree; 3] {
    let mut group = Group::new(delimiter, arguments.iter().cloned().collect());
    group.set_span(span);
    [Ident::new(name, span).into(), Punct::new('!', Spacing::Alone).into(), group.into()]
}

/// The number of tokens of the `try` block that begins here, with its clauses.
fn try_block(tokens: &[TokenTree], errors: &mut Vec<syn::Error>) -> Option<usize> {
    let mut length = 2;
    loop {
        let rest = &tokens[length..];
        match rest.first() {
            Some(TokenTree::Ident(clause)) if clause == "catch" => {
                let Some(head) = clause_head(&rest[1..]) else {
                    errors.push(syn::Error::new(
                        clause.span(),
                        "`catch` needs a pattern and a block: `catch error { .. }`",
                    ));
                    return None;
                };
                length += head + 2;
            }
            Some(TokenTree::Ident(clause)) if clause == "finally" => {
                let Some(head) = clause_head(&rest[1..]) else {
                    errors.push(syn::Error::new(clause.span(), "`finally` needs a block: `finally { .. }`"));
                    return None;
                };
                length += head + 2;
            }
            Some(TokenTree::Ident(clause)) if clause == "else" => {
                let message = "`try` has no `else`: put what follows on success at the end of the `try` block";
                errors.push(syn::Error::new(clause.span(), message));
                return None;
            }
            Some(TokenTree::Ident(clause)) if clause == "except" && is_clause(&rest[1..]) => {
                let message = "`except` is `catch` here: `catch error { .. }`";
                errors.push(syn::Error::new(clause.span(), message));
                return None;
            }
            _ => return Some(length),
        }
    }
}

/// Is it a clause, with these tokens after its name, and no expression that begins with a variable of that name?
fn is_clause(rest: &[TokenTree]) -> bool {
    match rest.first() {
        Some(TokenTree::Ident(next)) => next != "as",
        next => is_block(next),
    }
}

fn begins_statement(at: usize, tokens: &[TokenTree]) -> bool {
    at == 0 || is_block(tokens.get(at - 1)) || is_punct(tokens.get(at - 1), ';')
}

/// `catch` and `finally` are no keywords of Rust: only where nothing else can be meant are they mistakes.
fn stray_clause(word: &Ident, rest: &[TokenTree], errors: &mut Vec<syn::Error>) {
    // (In the arm of a `match`, it is a name.)
    if (word == "catch" || word == "finally") && is_clause(rest) && !is_ident(rest.first(), "if") {
        let message = format!("`{word}` without `try`: write `try {{ .. }}` before it");
        errors.push(syn::Error::new(word.span(), message));
    }
}
