//! `POST /v1/stores/{id}/actions/reset-password`

operation_without_parameters!(
    ResetPassword,
    "/v1/stores/{id}/actions/reset-password",
    "resetPassword",
    "Reset the administrator's password",
    "Gives the user `admin` of a store that is `Ready` a new, random password, which WordPress and \
     the store's Secret then have, and nobody else. A store is busy with one operation at a time.",
);
