//! What is done with objects: each verb in a file, and the kinds that need more than that.

mod certificate;
mod create;
mod delete;
mod namespace;
mod patch;
mod policy;
mod release;
mod restart;
mod route;
mod scale;
mod storage_class;
mod upgrade;

pub(crate) use self::certificate::NO_CERT_MANAGER;
