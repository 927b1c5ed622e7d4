//! Runners that are killed, stopped or kept from their queue, and slots that are taken.

mod disturbances;
mod killed;
mod kills;
mod queue_away;
mod shutdown;
