//! What is done in a store's pods: commands are run, and logs are read.

mod exec;
mod log_tail;
mod logs;
mod redaction;

pub use self::exec::ContainerCommand;
