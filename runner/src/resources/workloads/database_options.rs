//! How the database is started. Its own defaults are made for a machine with nothing else on it; these for a
//! container of one shop.
//!
//! All of them are options of MySQL 8.4 and later. What MariaDB has not is marked `loose`, which both take
//! for "where you know it": a warning in place of an end.

use crate::settings::ResourceLimits;

/// Arguments of the database's container.
pub(super) fn build(limits: &ResourceLimits) -> Vec<String> {
    let buffer_pool = format!("--innodb-buffer-pool-size={}M", limits.database_buffer_pool_mib);
    [
        // Half of the memory that it takes at its start is the performance schema's.
        "--performance-schema=OFF",
        // Nobody replicates a store's database, and 30 days of logs do not fit on its volume.
        "--skip-log-bin",
        &buffer_pool,
        "--innodb-log-buffer-size=8M",
        // Temporary tables in memory may take a gibibyte unless said: beyond this they go to the volume.
        "--loose-temptable-max-ram=64M",
        // The X protocol, which no shop speaks.
        "--loose-mysqlx=OFF",
        // Its pod gets no answer from DNS, and would wait for one at each connection.
        "--skip-name-resolve",
    ]
    .map(String::from)
    .to_vec()
}
