//! What needs somebody: an item for each cause, beside its store, as long as the cause lasts.
//!
//! Each is in two sparse indexes: its owner's part of `attention`, and the kind `Attention` of `due`, which admins
//! read. So what a read costs grows with what needs somebody, and a store that needs nobody costs nothing: no write of
//! an ordinary provisioning touches any of this.

pub(super) mod list;
pub(super) mod mute;
pub(super) mod records;
