//! The ports of a store's shop and database.

/// What the port of WordPress is called on its pod and its Service.
pub(super) const HTTP_PORT_NAME: &str = "http";
/// What the port of the database is called on its pod and its Service.
pub(super) const MYSQL_PORT_NAME: &str = "mysql";
/// The port that WordPress listens on; above 1023, since it runs without privileges.
pub(crate) const WORDPRESS_PORT: i32 = 8080;
/// The port that the ingress finds WordPress's Service at.
pub(super) const HTTP_PORT: i32 = 80;
/// The database's port.
pub(super) const MYSQL_PORT: i32 = 3306;
