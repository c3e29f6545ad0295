// Which streams may be shared between threads, and sent to others.

use std::sync::{Mutex, MutexGuard};

use futures::{Stream, StreamExt};

static ROWS: Mutex<u32> = Mutex::new(1);

fn is_sync<T: Sync>(value: T) -> T {
    value
}

fn guards() -> impl Stream<Item = MutexGuard<'static, u32>> + Sync {
    stream! {
        yield ROWS.lock().unwrap();
    }
}

fn fallible() -> impl Stream<Item = Result<MutexGuard<'static, u32>, String>> + Sync {
    try_stream! {
        let row = ROWS.lock().map_err(|error| error.to_string())?;
        yield row;
    }
}

pub(crate) async fn items_that_are_sync_and_not_send() -> Vec<String> {
    let mut items: Vec<_> = is_sync(guards()).map(|row| row.to_string()).collect().await;
    items.extend(is_sync(fallible()).map(|row| row.unwrap().to_string()).collect::<Vec<_>>().await);
    items
}
