//! Writes `keyword.rs`: an interpreter of programs in the keyword form. A block can't be interpreted by a function there, as
//! it can in the closure form, since keywords belong to the body that they are in. So the interpreter of blocks is written
//! out once for each level of blocks in blocks, and programs have no more levels than that. The compiler takes its time for
//! each: so there is less in the innermost blocks, in handlers and in clean-up (`Program::is_for_keywords` knows it).

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

/// How deep blocks are in one another: as `random.rs` makes them.
const LEVELS: u32 = 2;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let block = block(0, "list", false, None);
    let source = format!(
        r#"
use std::sync::Arc;

use asyncgen::{{AsyncGenerator, Exception, async_gen}};

use crate::program::{{Caught, How, Program, Statement}};
use crate::world::{{Token, World}};

#[allow(clippy::all, clippy::pedantic, unreachable_code, unused)]
pub(crate) fn keyword(
    program: Arc<Program>,
    world: World,
) -> impl AsyncGenerator<Yield = Token, Sent = Option<Token>, Error = Token> + Send {{
    async_gen! {{
        let _guard = world.guard("body");
        let list = &program.body;
        {block}
        world.log("end");
    }}
}}

fn fails(number: u8) -> Result<(), Token> {{
    Err(Token::new(number))
}}
"#
    );
    let directory = env::var_os("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&directory).join("keyword.rs"), source).expect("the folder is for this");
}

/// The code that runs the block of this name. `looped` is the label of the loop that it is in.
fn block(level: u32, name: &str, is_clean_up: bool, looped: Option<&str>) -> String {
    let looped = looped.filter(|_| !is_clean_up);
    let is_small = level == LEVELS || is_clean_up || name == "handler";
    let mut code = format!("for statement{level} in {name} {{ match statement{level} {{");
    code.push_str(SMALL);
    let out = match looped {
        Some(label) => format!("Statement::Break => break {label}, Statement::Continue => continue {label},"),
        None => "Statement::Break | Statement::Continue => {}".to_owned(),
    };
    code.push_str(&out);
    code.push_str(if is_clean_up { "Statement::Return => {}" } else { "Statement::Return => return," });
    if !is_small {
        code.push_str(MORE);
        let inside = |name: &str, is_clean_up| block(level + 1, name, is_clean_up, looped);
        let (tried, handler, clean_up) = (inside("block", false), inside("handler", false), inside("clean_up", true));
        let label = format!("'for{level}");
        let items = block(level + 1, "block", false, Some(&label));
        let _ = write!(
            code,
            r#"
Statement::Catch(caught, block, handler) => {{
    let guard = world.guard("catch");
    let mut handles = false;
    try {{ {tried} }}
    catch GeneratorExit if matches!(caught, Caught::All) {{ handles = true; world.caught(&Exception::GeneratorExit); }}
    catch error {{ handles = true; world.caught(&Exception::Error(error)); }}
    if handles {{ {handler} }}
    drop(guard);
}}
Statement::Finally(block, clean_up) => {{
    let guard = world.guard("finally");
    try {{ world.entered(); {tried} }} finally {{ world.begun(); {clean_up} world.ended(); }}
    drop(guard);
}}
Statement::For(most, program, block) => {{
    let mut seen = 0;
    {label}: for await item in world.own(program) {{
        world.log(format!("item {{item:?}}"));
        drop(item);
        let before = seen;
        seen += 1;
        {items}
        if before >= *most {{ break; }}
    }}
    world.log("loop left");
}}
"#
        );
    }
    code.push_str("statement => unreachable!(\"no {statement:?} is here\"), } }");
    code
}

/// The statements that every block has.
const SMALL: &str = r#"
Statement::Mark(number) => world.log(format!("mark {number}")),
Statement::Yield(number) => { let sent: Option<Token> = yield Token::new(*number); world.sent(*number, sent.as_ref()); }
Statement::Await(polls) => world.pause(*polls).await,
Statement::Raise(number) => raise!(Token::new(*number)),
Statement::Question(number) => fails(*number)?,
Statement::Exit => raise!(GeneratorExit),
Statement::Panic => world.panic("in a body"),
Statement::From(How::Boxed, program) => yield from world.make(program),
"#;

/// Those that have no block inside, and are not in every block.
const MORE: &str = r#"
Statement::From(How::Owned, program) => yield from world.own(program),
Statement::From(How::AfterCatch, program) => {
    let mut borrowed = world.make(program);
    try { yield from &mut borrowed; }
    catch GeneratorExit { world.log(format!("caught, {:?}", borrowed.state())); }
    catch _ { world.log(format!("caught, {:?}", borrowed.state())); }
    yield from &mut borrowed;
    world.log(format!("borrowed {:?}", borrowed.state()));
}
Statement::From(How::PinnedOnStack, program) => {
    let mut pinned = std::pin::pin!(world.make(program));
    yield from pinned.as_mut();
}
Statement::From(how, program) => {
    // (In few ways, as the compiler takes its time for each.)
    let mut delegate = crate::closure::delegate(*how, program, &world).await;
    if how.borrows() {
        yield from &mut delegate;
        world.log(if matches!(how, How::Weird(_)) { "weird ended".to_owned() } else { format!("borrowed {:?}", delegate.state()) });
    } else {
        yield from delegate;
    }
}
Statement::Abandon(steps, program) => {
    let mut abandoned = world.own(program);
    crate::closure::steps_of(&mut abandoned, *steps, &world, "abandon").await;
}
"#;
