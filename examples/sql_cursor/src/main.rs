//! Claims jobs from a table, page by page, in one transaction: whoever stops half-way, or just drops the cursor, has
//! claimed none.
//!
//! ```text
//! $ cargo run -p sql_cursor
//! pages of 3, then of 5: [3, 3, 5, 5, 4]
//! claimed after the last page: 20
//! claimed after `aclose` in the middle: 0
//! claimed after a drop in the middle: 0
//! ```

mod cursor;

use std::error::Error;

use asyncgen::{AsyncGeneratorExt, IntoStreamExt, OwnedExt};
use futures::TryStreamExt;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool};

use crate::cursor::cursor;

const CLAIM: &str = "UPDATE job SET claimed = TRUE WHERE NOT claimed RETURNING id";

/// A database of `jobs` jobs, in a file.
async fn jobs(path: &str, jobs: u32) -> sqlx::Result<SqlitePool> {
    let options =
        SqliteConnectOptions::new().filename(path).create_if_missing(true).journal_mode(SqliteJournalMode::Wal);
    let pool = SqlitePool::connect_with(options).await?;
    sqlx::raw_sql("DROP TABLE IF EXISTS job; CREATE TABLE job (id INTEGER PRIMARY KEY, claimed BOOL DEFAULT FALSE)")
        .execute(&pool)
        .await?;
    for _ in 0..jobs {
        sqlx::query("INSERT INTO job DEFAULT VALUES").execute(&pool).await?;
    }
    Ok(pool)
}

async fn claimed(pool: &SqlitePool) -> sqlx::Result<u32> {
    sqlx::query_scalar("SELECT COUNT(*) FROM job WHERE claimed").fetch_one(pool).await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::temp_dir().join(format!("sql_cursor-{}", std::process::id()));
    std::fs::create_dir_all(&directory)?;
    let pool = jobs(&directory.join("jobs.db").to_string_lossy(), 20).await?;

    let mut claims = cursor(pool.clone(), CLAIM, 3).boxed();
    let mut sizes = vec![claims.anext().await?.len(), claims.anext().await?.len()];
    sizes.push(claims.asend(Some(5)).await?.len());
    let mut rest = claims.into_try_stream();
    while let Some(page) = rest.try_next().await? {
        sizes.push(page.len());
    }
    println!("pages of 3, then of 5: {sizes:?}");
    println!("claimed after the last page: {}", claimed(&pool).await?);

    sqlx::query("UPDATE job SET claimed = FALSE").execute(&pool).await?;
    let mut claims = cursor(pool.clone(), CLAIM, 3).boxed();
    claims.anext().await?;
    claims.aclose().await?;
    println!("claimed after `aclose` in the middle: {}", claimed(&pool).await?);

    let (dropped, report) = asyncgen::tokio::scope(async {
        let mut claims = cursor(pool.clone(), CLAIM, 3).boxed();
        claims.anext().await.map(|page| page.len())
    })
    .await;
    dropped?;
    if !report.is_clean() {
        return Err(report.to_string().into());
    }
    println!("claimed after a drop in the middle: {}", claimed(&pool).await?);

    pool.close().await;
    std::fs::remove_dir_all(directory)?;
    Ok(())
}
