//! `POST /v1/stores/{id}/actions/resume`

operation_without_parameters!(
    Resume,
    "/v1/stores/{id}/actions/resume",
    "resumeStore",
    "Resume a store",
    "Starts a store that is `Hibernated`: its database, then its shop, and once that is ready its visitors \
     get in. Its `power` is `Resuming` meanwhile, and `Running` then; should it fail, the store is `Hibernated` \
     again.",
);
