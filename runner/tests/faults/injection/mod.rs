//! Faults: which calls of a runner there are, how one goes wrong, and what makes it go wrong.

pub(crate) mod call;
pub(crate) mod fault;
pub(crate) mod injector;
