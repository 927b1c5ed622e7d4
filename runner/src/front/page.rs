//! The pages that visitors get: which there are, and what each says.

use domain::{
    store::{power::Power, status::Status},
    table::Standing,
};
use http::StatusCode;

/// A page. None of them says anything of a store but how it stands: not its name, not its host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, strum::Display, strum::VariantArray)]
#[strum(serialize_all = "snake_case")]
pub(super) enum Page {
    /// The store is being made.
    Provisioning,
    /// The store is up, and its route is not there yet, or is just going.
    Opening,
    /// The store is stopped, or is being stopped.
    Hibernated,
    /// The store is being started again.
    Resuming,
    /// The store is closed while it is brought up to another release.
    Upgrading,
    /// The platform keeps visitors out of the store.
    Suspended,
    /// The store could not be made.
    Failed,
    /// The store is gone, or goes.
    Deleted,
    /// No store has this name.
    Unknown,
    /// The table does not tell.
    Unavailable,
    /// The request does not name one host.
    BadRequest,
    /// The request wants more than to read.
    MethodNotAllowed,
}

impl Page {
    /// The page of a store that stands so; `None` where there is none.
    pub(super) fn of(standing: Option<Standing>) -> Self {
        match standing {
            None => Self::Unknown,
            Some(Standing { status, power, is_suspended }) => match status {
                Status::Deleting | Status::Deleted => Self::Deleted,
                Status::Provisioning | Status::Ready | Status::Failed if is_suspended => Self::Suspended,
                Status::Provisioning => Self::Provisioning,
                Status::Failed => Self::Failed,
                Status::Ready => match power {
                    Power::Running => Self::Opening,
                    Power::Hibernating | Power::Hibernated => Self::Hibernated,
                    Power::Resuming => Self::Resuming,
                    Power::Upgrading => Self::Upgrading,
                },
            },
        }
    }

    /// The status of its answer.
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::Provisioning
            | Self::Opening
            | Self::Hibernated
            | Self::Resuming
            | Self::Upgrading
            | Self::Suspended
            | Self::Failed
            | Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Deleted => StatusCode::GONE,
            Self::Unknown => StatusCode::NOT_FOUND,
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        }
    }

    /// When it is worth to ask again.
    pub(super) fn again(self) -> Again {
        match self {
            Self::Provisioning | Self::Opening | Self::Resuming | Self::Upgrading | Self::Unavailable => {
                Again::ByItself(5)
            }
            Self::Hibernated | Self::Suspended | Self::Failed => Again::Later(600),
            Self::Deleted | Self::Unknown | Self::BadRequest | Self::MethodNotAllowed => Again::Never,
        }
    }
}

/// When it is worth to ask again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// In so many seconds, and the page does so by itself.
    ByItself(u16),
    /// In so many seconds, for whoever wants to.
    Later(u16),
    /// What is said will not change.
    Never,
}

#[cfg(test)]
mod tests {
    use strum::VariantArray as _;

    use super::*;

    #[test]
    fn a_store_has_a_page_in_each_of_its_states() {
        assert_eq!(Page::of(None), Page::Unknown);
        let page = |status, power| Page::of(Some(Standing { status, power, is_suspended: false }));
        let running = |status| page(status, Power::Running);
        assert_eq!(running(Status::Provisioning), Page::Provisioning);
        assert_eq!(running(Status::Ready), Page::Opening);
        assert_eq!(running(Status::Failed), Page::Failed);
        assert_eq!(running(Status::Deleting), Page::Deleted);
        assert_eq!(running(Status::Deleted), Page::Deleted);
        assert_eq!(page(Status::Ready, Power::Hibernating), Page::Hibernated);
        assert_eq!(page(Status::Ready, Power::Hibernated), Page::Hibernated);
        assert_eq!(page(Status::Ready, Power::Resuming), Page::Resuming);
        assert_eq!(page(Status::Ready, Power::Upgrading), Page::Upgrading);
    }

    #[test]
    fn a_suspended_store_says_so_whatever_else_it_is_until_it_goes() {
        for &status in Status::VARIANTS {
            for &power in Power::VARIANTS {
                let page = Page::of(Some(Standing { status, power, is_suspended: true }));
                let goes = matches!(status, Status::Deleting | Status::Deleted);
                assert_eq!(page, if goes { Page::Deleted } else { Page::Suspended }, "{status} {power}");
            }
        }
    }

    #[test]
    fn only_what_is_not_for_ever_asks_to_come_back() {
        for &page in Page::VARIANTS {
            let unavailable = page.status() == StatusCode::SERVICE_UNAVAILABLE;
            assert_eq!(page.again() != Again::Never, unavailable, "{page}");
        }
    }
}
