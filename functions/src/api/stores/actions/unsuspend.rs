//! `POST /v1/stores/{id}/actions/unsuspend`

operation_without_parameters!(
    Unsuspend for crate::auth::Admin,
    "/v1/stores/{id}/actions/unsuspend",
    "unsuspendStore",
    "End a store's suspension",
    "For admins. Visitors get in again, where the store is `Ready` and `Running`; else once it is. Should it fail, the \
     store stays suspended.",
);
