//! The long-running workloads: database and shop.

use k8s_openapi::{
    api::{
        apps::v1::{Deployment, DeploymentSpec, DeploymentStrategy},
        core::v1::{
            Container, ContainerPort, EnvVar, ExecAction, HTTPGetAction, PodSpec, PodTemplateSpec, Probe,
        },
    },
    apimachinery::pkg::util::intstr::IntOrString,
};
use kube::api::ObjectMeta;

use super::{
    Blueprint, Component, HTTP_PORT_NAME, MYSQL_PORT, MYSQL_PORT_NAME, WORDPRESS_PORT,
    container::{self, claimed, mount, scratch, secret, value},
    labels,
    secret::{MYSQL_CREDENTIALS, MYSQL_PASSWORD, MYSQL_ROOT_PASSWORD, SALTS, WORDPRESS_CREDENTIALS},
};

/// The user of the MySQL image.
const MYSQL_USER: i64 = 999;
/// `www-data` of Debian, the user of the store image.
pub(super) const WORDPRESS_USER: i64 = 33;

/// Where the shop's whole volume is while its content is put on it.
const CONTENT_VOLUME: &str = "/volume";

/// Name of the shop's database, and of the user that owns it.
pub(super) const DATABASE: &str = "wordpress";

/// How long a shut-down of the database may take: it writes its buffers back.
const MYSQL_GRACE_SECONDS: i64 = 60;

pub(super) fn mysql(blueprint: &Blueprint) -> Deployment {
    // The password is given by environment: on a command line every process could read it.
    let ping =
        "MYSQL_PWD=\"$MYSQL_ROOT_PASSWORD\" exec mysqladmin ping --host=127.0.0.1 --user=root --silent";
    let ping = Probe {
        exec: Some(ExecAction { command: Some(["sh", "-c", ping].map(String::from).to_vec()) }),
        timeout_seconds: Some(5),
        ..Probe::default()
    };
    let container = Container {
        name: "mysql".into(),
        image: Some(blueprint.settings.mysql_image.clone()),
        env: Some(vec![
            value("MYSQL_DATABASE", DATABASE),
            value("MYSQL_USER", DATABASE),
            secret("MYSQL_PASSWORD", MYSQL_CREDENTIALS, MYSQL_PASSWORD),
            secret("MYSQL_ROOT_PASSWORD", MYSQL_CREDENTIALS, MYSQL_ROOT_PASSWORD),
        ]),
        ports: Some(vec![port(MYSQL_PORT_NAME, MYSQL_PORT)]),
        startup_probe: Some(Probe { period_seconds: Some(2), failure_threshold: Some(90), ..ping.clone() }),
        readiness_probe: Some(Probe { period_seconds: Some(5), ..ping.clone() }),
        liveness_probe: Some(Probe { period_seconds: Some(20), failure_threshold: Some(6), ..ping }),
        volume_mounts: Some(vec![
            mount("data", "/var/lib/mysql", Some("mysql")),
            mount("run", "/var/run/mysqld", None),
            mount("tmp", "/tmp", None),
        ]),
        ..Container::default()
    };
    let pod = PodSpec {
        termination_grace_period_seconds: Some(MYSQL_GRACE_SECONDS),
        volumes: Some(vec![claimed("data", Component::Mysql.as_str()), scratch("run"), scratch("tmp")]),
        ..container::pod(MYSQL_USER)
    };
    build(blueprint, Component::Mysql, container, pod)
}

pub(super) fn wordpress(blueprint: &Blueprint) -> Deployment {
    let page = |path: &str| Probe {
        http_get: Some(HTTPGetAction {
            path: Some(path.into()),
            port: IntOrString::Int(WORDPRESS_PORT),
            ..HTTPGetAction::default()
        }),
        timeout_seconds: Some(5),
        ..Probe::default()
    };
    // Ready is what the image says of itself: set up, with its database. Any other page answers 302
    // before the setup, which a kubelet takes for ready. Alive is a file, since restarting every shop does
    // not bring a lost database back.
    let ready = page("/ready.php");
    let alive = page("/wp-includes/images/blank.gif");
    let container = Container {
        name: "wordpress".into(),
        image: Some(blueprint.settings.store_image.clone()),
        env: Some(wordpress_environment(blueprint)),
        ports: Some(vec![port(HTTP_PORT_NAME, WORDPRESS_PORT)]),
        startup_probe: Some(Probe { period_seconds: Some(2), failure_threshold: Some(90), ..alive.clone() }),
        readiness_probe: Some(Probe { period_seconds: Some(5), ..ready }),
        liveness_probe: Some(Probe { period_seconds: Some(20), failure_threshold: Some(6), ..alive }),
        volume_mounts: Some(vec![
            mount("content", "/var/www/html/wp-content", Some("wp-content")),
            mount("run", "/var/run/apache2", None),
            mount("tmp", "/tmp", None),
        ]),
        ..Container::default()
    };
    // The volume's root, since what is copied is renamed to the folder that the shop has mounted.
    let seed = Container {
        name: "seed".into(),
        image: container.image.clone(),
        command: Some(["seed", CONTENT_VOLUME].map(String::from).to_vec()),
        termination_message_policy: Some("FallbackToLogsOnError".into()),
        volume_mounts: Some(vec![mount("content", CONTENT_VOLUME, None), mount("tmp", "/tmp", None)]),
        ..Container::default()
    };
    let pod = PodSpec {
        init_containers: Some(vec![confined(blueprint, seed)]),
        volumes: Some(vec![
            claimed("content", Component::Wordpress.as_str()),
            scratch("run"),
            scratch("tmp"),
        ]),
        ..container::pod(WORDPRESS_USER)
    };
    build(blueprint, Component::Wordpress, container, pod)
}

/// What the shop's code needs to reach its database; the setup job runs the same code.
pub(super) fn wordpress_environment(blueprint: &Blueprint) -> Vec<EnvVar> {
    let mut environment = vec![
        value("SITE_URL", blueprint.url()),
        value("WORDPRESS_DB_HOST", Component::Mysql.as_str()),
        value("WORDPRESS_DB_NAME", DATABASE),
        value("WORDPRESS_DB_USER", DATABASE),
        secret("WORDPRESS_DB_PASSWORD", MYSQL_CREDENTIALS, MYSQL_PASSWORD),
    ];
    environment.extend(SALTS.map(|salt| secret(&format!("WORDPRESS_{salt}"), WORDPRESS_CREDENTIALS, salt)));
    environment
}

fn build(blueprint: &Blueprint, component: Component, container: Container, pod: PodSpec) -> Deployment {
    let container = confined(blueprint, container);
    Deployment {
        metadata: blueprint.metadata(component.as_str(), Some(component)),
        spec: Some(DeploymentSpec {
            replicas: Some(1),
            selector: labels::selector(component),
            // A volume is written by one pod at a time.
            strategy: Some(DeploymentStrategy {
                type_: Some("Recreate".into()),
                ..DeploymentStrategy::default()
            }),
            template: PodTemplateSpec {
                metadata: Some(ObjectMeta {
                    labels: Some(labels::of(blueprint, Some(component))),
                    ..ObjectMeta::default()
                }),
                spec: Some(PodSpec { containers: vec![container], ..pod }),
            },
            ..DeploymentSpec::default()
        }),
        ..Deployment::default()
    }
}

/// `container` with what every container has.
fn confined(blueprint: &Blueprint, container: Container) -> Container {
    Container {
        image_pull_policy: Some(blueprint.settings.image_pull_policy.as_str().into()),
        resources: Some(container::resources()),
        security_context: Some(container::security_context()),
        // What a container says last is the reason that a person gets to read.
        termination_message_policy: Some("FallbackToLogsOnError".into()),
        ..container
    }
}

fn port(name: &str, port: i32) -> ContainerPort {
    ContainerPort { name: Some(name.into()), container_port: port, ..ContainerPort::default() }
}
