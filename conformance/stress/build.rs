//! Writes `keyword.rs`: an interpreter of programs in the keyword form. A block can't be interpreted by a function there, as
//! it can in the closure form, since keywords belong to the body that they are in. So the interpreter of blocks is written
//! out once for each level of blocks in blocks, and programs have no more levels than that.

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
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use asyncgen::{{AsyncGenerator, AsyncGeneratorExt, Exception, async_gen}};

use crate::foreign::{{Weird, Wrapped}};
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
    let mut code = format!("for statement{level} in {name} {{ match statement{level} {{");
    code.push_str(SIMPLE);
    let out = match looped {
        Some(label) => format!("Statement::Break => break {label}, Statement::Continue => continue {label},"),
        None => "Statement::Break | Statement::Continue => {}".to_owned(),
    };
    code.push_str(&out);
    code.push_str(if is_clean_up { "Statement::Return => {}" } else { "Statement::Return => return," });
    if level == LEVELS {
        code.push_str("Statement::Catch(..) | Statement::Finally(..) | Statement::For(..) => unreachable!(),");
    } else {
        let inside = |name: &str| block(level + 1, name, is_clean_up, looped);
        let (tried, handler) = (inside("block"), inside("handler"));
        let clean_up = block(level + 1, "clean_up", true, None);
        let label = format!("'for{level}");
        let items = block(level + 1, "block", is_clean_up, Some(&label));
        let _ = write!(
            code,
            r#"
Statement::Catch(caught, block, handler) => {{
    let guard = world.guard("catch");
    match caught {{
        Caught::All => try {{ {tried} }}
            catch GeneratorExit {{ world.caught(&Exception::GeneratorExit); {handler} }}
            catch error {{ world.caught(&Exception::Error(error)); {handler} }},
        Caught::Errors => try {{ {tried} }}
            catch error {{ world.caught(&Exception::Error(error)); {handler} }},
    }}
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
        {items}
        if seen >= *most {{ break; }}
        seen += 1;
    }}
    world.log("loop left");
}}
"#
        );
    }
    code.push_str("statement => unreachable!(\"{statement:?} is of the closure form alone\"), } }");
    code
}

/// The statements that have no block inside.
const SIMPLE: &str = r#"
Statement::Mark(number) => world.log(format!("mark {number}")),
Statement::Yield(number) => { let sent = yield Token::new(*number); world.sent(*number, sent.as_ref()); }
Statement::Await(polls) => world.pause(*polls).await,
Statement::Raise(number) => raise!(Token::new(*number)),
Statement::Question(number) => fails(*number)?,
Statement::Exit => raise!(GeneratorExit),
Statement::Panic => world.panic("in a body"),
Statement::From(how, program) => match how {
    How::Boxed => yield from world.make(program),
    How::Owned => yield from world.own(program),
    How::Wrapped => yield from Wrapped(world.make(program)),
    How::WrappedOwned => yield from Wrapped(world.own(program)),
    How::PinnedOnStack => { let mut pinned = std::pin::pin!(world.make(program)); yield from pinned.as_mut(); }
    How::Weird(seed) => { let mut weird = Weird::new(*seed, &world); yield from &mut weird; world.log("weird ended"); }
    How::Borrowed => {
        let mut borrowed = world.make(program);
        yield from &mut borrowed;
        world.log(format!("borrowed {:?}", borrowed.state()));
    }
    How::OwnedBorrowed => {
        let mut borrowed = world.own(program);
        yield from &mut borrowed;
        world.log(format!("borrowed {:?}", borrowed.state()));
    }
    How::PreStarted(steps) => {
        let mut borrowed = world.own(program);
        crate::closure::steps_of(&mut borrowed, *steps, &world, "pre").await;
        yield from &mut borrowed;
        world.log(format!("borrowed {:?}", borrowed.state()));
    }
    How::HalfWay => {
        let mut borrowed = world.own(program);
        crate::closure::once(borrowed.anext()).await;
        world.log(format!("half-way {:?}", borrowed.state()));
        yield from &mut borrowed;
        world.log(format!("borrowed {:?}", borrowed.state()));
    }
    How::AfterCatch => {
        let mut borrowed = world.make(program);
        try { yield from &mut borrowed; }
        catch GeneratorExit { world.log(format!("caught, {:?}", borrowed.state())); }
        catch _ { world.log(format!("caught, {:?}", borrowed.state())); }
        yield from &mut borrowed;
        world.log(format!("borrowed {:?}", borrowed.state()));
    }
},
Statement::Abandon(steps, program) => {
    let mut abandoned = world.own(program);
    crate::closure::steps_of(&mut abandoned, *steps, &world, "abandon").await;
}
"#;
