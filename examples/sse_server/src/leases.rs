//! The lease table: a row for each stream that is running.

use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

#[derive(Clone)]
pub(crate) struct Leases(SqlitePool);

/// Names a lease before it is taken, so that it can be released whatever became of the taking.
#[derive(Clone, Copy)]
pub(crate) struct Lease(i64);

impl Leases {
    pub(crate) async fn open(path: &str) -> sqlx::Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal);
        // One connection: a release waits for the taking that was sent before it, also if nobody awaits that any more.
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(Duration::from_secs(60))
            .connect_with(options)
            .await?;
        sqlx::query("CREATE TABLE IF NOT EXISTS lease (id INTEGER PRIMARY KEY AUTOINCREMENT, client TEXT, open BOOL)")
            .execute(&pool)
            .await?;
        Ok(Self(pool))
    }

    /// A lease that nobody has taken yet.
    pub(crate) async fn reserve(&self) -> sqlx::Result<Lease> {
        let row = sqlx::query("INSERT INTO lease (open) VALUES (FALSE)").execute(&self.0).await?;
        Ok(Lease(row.last_insert_rowid()))
    }

    pub(crate) async fn take(&self, lease: Lease, client: &str) -> sqlx::Result<()> {
        sqlx::query("UPDATE lease SET open = TRUE, client = ? WHERE id = ?")
            .bind(client)
            .bind(lease.0)
            .execute(&self.0)
            .await?;
        Ok(())
    }

    pub(crate) async fn release(&self, lease: Lease) -> sqlx::Result<()> {
        sqlx::query("UPDATE lease SET open = FALSE WHERE id = ?").bind(lease.0).execute(&self.0).await?;
        Ok(())
    }

    /// How many leases are open, and how many were ever taken.
    pub(crate) async fn count(&self) -> sqlx::Result<(i64, i64)> {
        sqlx::query_as("SELECT COUNT(*) FILTER (WHERE open), COUNT(client) FROM lease").fetch_one(&self.0).await
    }
}
