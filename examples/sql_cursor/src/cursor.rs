//! The cursor: the rows that a statement returns, page by page, in a transaction of their own.

use std::mem::take;

use asyncgen::{AsyncGenerator, async_gen};
use sqlx::sqlite::{SqlitePool, SqliteRow};

/// Yields the rows in pages. What is sent in is the size of the pages from then on.
///
/// The transaction is committed when all rows were taken, and rolled back on every other way out: an error, `aclose`,
/// and, if the generator is owned, its drop.
pub(crate) fn cursor(
    pool: SqlitePool,
    statement: &'static str,
    mut page_size: usize,
) -> impl AsyncGenerator<Yield = Vec<SqliteRow>, Sent = Option<usize>, Error = sqlx::Error> + Send {
    async_gen! {
        let mut transaction = pool.begin().await?;
        try {
            let mut page = Vec::new();
            for await row in sqlx::query(statement).fetch(&mut *transaction) {
                page.push(row?);
                if page.len() >= page_size {
                    if let Some(size) = yield take(&mut page) {
                        page_size = size;
                    }
                }
            }
            if !page.is_empty() {
                yield page;
            }
        } finally exception {
            match exception {
                None => transaction.commit().await?,
                Some(_) => transaction.rollback().await?,
            }
        }
    }
}
