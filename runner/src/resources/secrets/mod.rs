//! A store's secrets: generated, or checked where somebody else has made them.

mod external_values;
pub(super) mod secret;

pub(super) use self::secret::{MYSQL_CREDENTIALS, MYSQL_PASSWORD, MYSQL_ROOT_PASSWORD, SALTS, SMTP_PASSWORD};
pub use self::{
    external_values::unusable,
    secret::{
        ADMIN_PASSWORD, ADMIN_USER, CREDENTIALS, PasswordChange, Passwords, RandomnessError,
        WORDPRESS_CREDENTIALS, change_of, credentials_in, new_password, note, promotion,
    },
};
