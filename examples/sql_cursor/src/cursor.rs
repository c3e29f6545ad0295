//! The cursor: the rows that a statement returns, page by page, in a transaction of their own.

use asyncgen::{AsyncGenerator, Exception, generator};
use futures::TryStreamExt;
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
    generator!(|y| {
        let mut transaction = pool.begin().await?;
        let all = y
            .catch(async |mut y| {
                let mut rows = sqlx::query(statement).fetch(&mut *transaction);
                let mut page = Vec::new();
                while let Some(row) = rows.try_next().await? {
                    page.push(row);
                    if page.len() >= page_size {
                        let sent: Option<usize> = y.yield_(std::mem::take(&mut page)).await;
                        page_size = sent.unwrap_or(page_size);
                    }
                }
                if !page.is_empty() {
                    y.yield_(page).await;
                }
                Ok(())
            })
            .await;
        match all {
            Ok(()) => transaction.commit().await?,
            Err(Exception::Error(error)) => {
                transaction.rollback().await?;
                return Err(error);
            }
            Err(Exception::GeneratorExit) => transaction.rollback().await?,
        }
        Ok(())
    })
}
