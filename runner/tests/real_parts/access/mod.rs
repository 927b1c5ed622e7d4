//! What a runner may do: with the cluster, and with table and queue.

mod aws_rights;
mod rights;
