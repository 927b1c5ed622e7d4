//! `POST /v1/stores/{id}/actions/hibernate`

operation_without_parameters!(
    Hibernate,
    "/v1/stores/{id}/actions/hibernate",
    "hibernateStore",
    "Hibernate a store",
    "Stops a store that is `Ready` and `Running`: its visitors are kept out, then its shop stops, and then \
     its database, which shuts down cleanly. Volumes and Secrets stay. Its `power` is `Hibernating` meanwhile, and \
     `Hibernated` then; should it fail, the store runs again. What makes no sense of a store that is stopped is \
     409 until it resumes. It can be deleted at any time.",
);
