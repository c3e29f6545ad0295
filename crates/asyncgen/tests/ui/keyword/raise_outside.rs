use asyncgen::raise;

async fn outside() -> u32 {
    raise!("no generator")
}

fn main() {
    let _ = outside();
}
