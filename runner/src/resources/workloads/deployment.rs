//! The long-running workloads: database and shop.

use domain::{operation::logs::Component, store::power::Power};
use k8s_openapi::{
    api::{
        apps::v1::{Deployment, DeploymentSpec, DeploymentStrategy},
        core::v1::{
            Container, ContainerPort, EnvVar, ExecAction, HTTPGetAction, HostAlias, Lifecycle,
            LifecycleHandler, PodSpec, PodTemplateSpec, Probe, SleepAction,
        },
    },
    apimachinery::pkg::{api::resource::Quantity, util::intstr::IntOrString},
};
use kube::api::ObjectMeta;

use super::{
    container::{self, claimed, confined, confined_to, mount, scratch, secret, secret_if_there, value},
    database_options,
};
use crate::{
    resources::{
        blueprint::Blueprint,
        labels,
        ports::{HTTP_PORT_NAME, MYSQL_PORT, MYSQL_PORT_NAME, WORDPRESS_PORT},
        secrets::{
            MYSQL_CREDENTIALS, MYSQL_PASSWORD, MYSQL_ROOT_PASSWORD, SALTS, SMTP_PASSWORD,
            WORDPRESS_CREDENTIALS,
        },
    },
    settings::{Egress, MailSettings},
};

/// The user of the MySQL image.
const MYSQL_USER: i64 = 999;
/// `www-data` of Debian, the user of the store image.
const WORDPRESS_USER: i64 = 33;

/// The variable with a shop's own address.
pub const SITE_URL: &str = "SITE_URL";

/// The variable with a shop's language, whose translations come from the image.
pub(super) const STORE_LOCALE: &str = "STORE_LOCALE";

/// Where the shop's whole volume is while its content is put on it.
const CONTENT_VOLUME: &str = "/volume";

/// Name of the shop's database, and of the user that owns it.
const DATABASE: &str = "wordpress";

/// How long a shut-down of the database may take: it writes its buffers back.
const MYSQL_GRACE_SECONDS: i64 = 60;
/// How long the shop still answers once its pod is to go; within the 30 s that a pod gets.
const WORDPRESS_FAREWELL_SECONDS: i64 = 5;
/// How long a shop may take to start.
const SHOP_START_SECONDS: u16 = 180;
/// What the container of the scheduled work asks for: in most minutes it only asks the database whether anything
/// is due. What it may use is what each container may.
const SCHEDULE_REQUESTS: [(&str, &str); 2] = [("cpu", "10m"), ("memory", "32Mi")];
/// How long a probe may take. On a busy node a static file was seen to take 5.4 s.
const PROBE_SECONDS: i32 = 10;

pub(in crate::resources) fn mysql(blueprint: &Blueprint) -> Deployment {
    // By TCP: while the image sets a fresh volume up, its server listens on a socket only. A probe of
    // the port alone would have each one logged as an aborted connection.
    let ping = Probe { exec: Some(mysqladmin("ping --silent")), ..Probe::default() };
    let container = Container {
        name: "mysql".into(),
        image: Some(blueprint.release.database.to_string()),
        env: Some(vec![
            value("MYSQL_DATABASE", DATABASE),
            value("MYSQL_USER", DATABASE),
            secret("MYSQL_PASSWORD", MYSQL_CREDENTIALS, MYSQL_PASSWORD),
            secret("MYSQL_ROOT_PASSWORD", MYSQL_CREDENTIALS, MYSQL_ROOT_PASSWORD),
            // Seconds of a store's first start, for zones that the shop's code does not ask a database for.
            value("MYSQL_INITDB_SKIP_TZINFO", "1"),
        ]),
        args: Some(database_options::build(&blueprint.settings.resources)),
        ports: Some(vec![port(MYSQL_PORT_NAME, MYSQL_PORT)]),
        // A clean end whichever process of the image is its first, with all that is written on the volume.
        lifecycle: before_stop(LifecycleHandler {
            exec: Some(mysqladmin("shutdown")),
            ..LifecycleHandler::default()
        }),
        volume_mounts: Some(vec![
            mount("data", "/var/lib/mysql", Some("mysql")),
            mount("run", "/var/run/mysqld", None),
            mount("tmp", "/tmp", None),
        ]),
        ..probed(ping.clone(), ping, blueprint.settings.database_start_seconds)
    };
    let pod = PodSpec {
        termination_grace_period_seconds: Some(MYSQL_GRACE_SECONDS),
        volumes: Some(vec![claimed("data", Component::Mysql.as_str()), scratch("run"), scratch("tmp")]),
        ..container::pod(MYSQL_USER)
    };
    build(blueprint, Component::Mysql, vec![confined(&blueprint.settings, container)], pod)
}

pub(in crate::resources) fn wordpress(blueprint: &Blueprint) -> Deployment {
    let page = |path: &str| Probe {
        http_get: Some(HTTPGetAction {
            path: Some(path.into()),
            port: IntOrString::Int(WORDPRESS_PORT),
            ..HTTPGetAction::default()
        }),
        ..Probe::default()
    };
    // Ready is what the image says of itself: set up, with its database. Any other page answers 302
    // before the setup, which a kubelet takes for ready. Alive is a file, since restarting every shop does
    // not bring a lost database back.
    let (ready, alive) = (page("/ready.php"), page("/wp-includes/images/blank.gif"));
    let container = Container {
        name: "wordpress".into(),
        image: Some(blueprint.release.store.to_string()),
        env: Some(shop_environment(blueprint)),
        ports: Some(vec![port(HTTP_PORT_NAME, WORDPRESS_PORT)]),
        // Until the ingress controller has heard that the pod goes, it sends it visitors.
        lifecycle: before_stop(LifecycleHandler {
            sleep: Some(SleepAction { seconds: WORDPRESS_FAREWELL_SECONDS }),
            ..LifecycleHandler::default()
        }),
        volume_mounts: Some(vec![
            mount("content", "/var/www/html/wp-content", Some("wp-content")),
            mount("run", "/var/run/apache2", None),
            mount("tmp", "/tmp", None),
        ]),
        ..probed(ready, alive, SHOP_START_SECONDS)
    };
    // Scheduled work beside the shop: what a visitor starts makes that one's page wait, and comes too late in a
    // shop that nobody visits. In the same pod, since the volume is written by one.
    let schedule = Container {
        name: "schedule".into(),
        image: container.image.clone(),
        command: Some(vec!["schedule".into()]),
        env: container.env.clone(),
        volume_mounts: Some(vec![
            mount("content", "/var/www/html/wp-content", Some("wp-content")),
            mount("tmp", "/tmp", None),
        ]),
        // By the age of its last run, whatever that came to.
        liveness_probe: Some(Probe {
            exec: Some(ExecAction { command: Some(vec!["schedule".into(), "alive".into()]) }),
            timeout_seconds: Some(PROBE_SECONDS),
            period_seconds: Some(60),
            ..Probe::default()
        }),
        ..Container::default()
    };
    // The pod is made before its database is set up: until that is done, nothing of the shop serves.
    let await_setup = Container {
        name: "await-setup".into(),
        image: container.image.clone(),
        command: Some(vec!["await-setup".into()]),
        env: Some(database_environment().into()),
        volume_mounts: Some(vec![mount("tmp", "/tmp", None)]),
        ..Container::default()
    };
    let before = [seed(blueprint), await_setup].map(|container| confined(&blueprint.settings, container));
    let pod = PodSpec {
        init_containers: Some(before.into()),
        volumes: Some(vec![
            claimed("content", Component::Wordpress.as_str()),
            scratch("run"),
            scratch("tmp"),
        ]),
        ..wordpress_pod(blueprint)
    };
    let requests = SCHEDULE_REQUESTS.map(|(name, amount)| (name.into(), Quantity(amount.into())));
    // The shop first: whose image a pod has is read from there.
    let containers = vec![
        confined(&blueprint.settings, container),
        confined_to(&blueprint.settings, requests.into(), schedule),
    ];
    build(blueprint, Component::Wordpress, containers, pod)
}

/// What puts the shop's content on its volume, and mends what is the platform's there.
pub(super) fn seed(blueprint: &Blueprint) -> Container {
    Container {
        name: "seed".into(),
        image: Some(blueprint.release.store.to_string()),
        command: Some(["seed", CONTENT_VOLUME].map(String::from).to_vec()),
        env: blueprint.market.locale.as_ref().map(|locale| vec![value(STORE_LOCALE, locale.as_str())]),
        // The volume's root, since what is copied is renamed to the folder that the shop has mounted.
        volume_mounts: Some(vec![mount("content", CONTENT_VOLUME, None), mount("tmp", "/tmp", None)]),
        ..Container::default()
    }
}

/// What the shop's code needs where a container of its own does the scheduled work.
pub(super) fn shop_environment(blueprint: &Blueprint) -> Vec<EnvVar> {
    let mut environment = wordpress_environment(blueprint);
    environment.push(value("WORDPRESS_DISABLE_CRON", "true"));
    environment.extend(mail_environment(&blueprint.settings.mail));
    environment
}

/// How the shop's mails leave. The setup sends none.
fn mail_environment(settings: &MailSettings) -> Vec<EnvVar> {
    let Some(host) = &settings.smtp_host else { return Vec::new() };
    let mut environment = vec![
        value("SMTP_HOST", host),
        value("SMTP_PORT", settings.smtp_port.to_string()),
        value("SMTP_TLS", settings.smtp_tls.as_str()),
    ];
    environment.extend(settings.mail_from.as_ref().map(|from| value("MAIL_FROM", from.as_str())));
    if let Some(user) = &settings.smtp_user {
        // A shop that was made before it had a password goes on without one: mails fail then, not its pages.
        let password = secret_if_there("SMTP_PASSWORD", WORDPRESS_CREDENTIALS, SMTP_PASSWORD);
        environment.extend([value("SMTP_USER", user), password]);
    }
    environment
}

/// What the pods that run the shop's code have in common: the setup job is one of them.
pub(super) fn wordpress_pod(blueprint: &Blueprint) -> PodSpec {
    PodSpec {
        // The shop calls itself by its public name, which its policies drop: that hangs until it times
        // out. WordPress's own calls are turned round by the image; a plugin's that go past WordPress find
        // nobody on this port 80, and fail at once.
        host_aliases: Some(vec![HostAlias {
            ip: "127.0.0.1".into(),
            hostnames: Some(vec![blueprint.host()]),
        }]),
        ..container::pod(WORDPRESS_USER)
    }
}

/// What the shop's code needs; the setup job runs the same code.
pub(super) fn wordpress_environment(blueprint: &Blueprint) -> Vec<EnvVar> {
    let mut environment = vec![value(SITE_URL, blueprint.url())];
    environment.extend(database_environment());
    match blueprint.settings.egress.egress {
        Egress::Internet => {}
        Egress::Closed => environment.push(value("WORDPRESS_BLOCK_EXTERNAL", "true")),
    }
    environment.extend(SALTS.map(|salt| secret(&format!("WORDPRESS_{salt}"), WORDPRESS_CREDENTIALS, salt)));
    environment
}

/// Where the shop's database is, and what lets the shop in.
fn database_environment() -> [EnvVar; 4] {
    [
        value("WORDPRESS_DB_HOST", Component::Mysql.as_str()),
        value("WORDPRESS_DB_NAME", DATABASE),
        value("WORDPRESS_DB_USER", DATABASE),
        secret("WORDPRESS_DB_PASSWORD", MYSQL_CREDENTIALS, MYSQL_PASSWORD),
    ]
}

/// How many pods a workload of a store that runs has: each has a volume of its own, which one pod writes.
pub const REPLICAS: i32 = 1;

fn build(
    blueprint: &Blueprint,
    component: Component,
    containers: Vec<Container>,
    pod: PodSpec,
) -> Deployment {
    Deployment {
        metadata: blueprint.metadata(component.as_str(), Some(component)),
        spec: Some(DeploymentSpec {
            replicas: Some(if blueprint.power == Power::Hibernated { 0 } else { REPLICAS }),
            selector: labels::selector(component),
            // A volume is written by one pod at a time.
            strategy: Some(DeploymentStrategy {
                type_: Some("Recreate".into()),
                ..DeploymentStrategy::default()
            }),
            template: PodTemplateSpec {
                metadata: Some(ObjectMeta {
                    labels: Some(labels::of(&blueprint.id, blueprint.uid, Some(component))),
                    ..ObjectMeta::default()
                }),
                spec: Some(PodSpec { containers, ..pod }),
            },
            ..DeploymentSpec::default()
        }),
        ..Deployment::default()
    }
}

/// A container's probes: it may take so long to start, and two minutes without a sign of life are its end. A
/// start is checked each second, since the store waits for it.
fn probed(ready: Probe, alive: Probe, start_seconds: u16) -> Container {
    let (ready, alive) = (
        Probe { timeout_seconds: Some(PROBE_SECONDS), ..ready },
        Probe { timeout_seconds: Some(PROBE_SECONDS), ..alive },
    );
    Container {
        startup_probe: Some(Probe {
            period_seconds: Some(1),
            failure_threshold: Some(start_seconds.into()),
            ..alive.clone()
        }),
        readiness_probe: Some(Probe { period_seconds: Some(5), ..ready }),
        liveness_probe: Some(Probe { period_seconds: Some(20), failure_threshold: Some(6), ..alive }),
        ..Container::default()
    }
}

/// `mysqladmin` as root. The password is given by environment: on a command line every process could read
/// it.
fn mysqladmin(command: &str) -> ExecAction {
    let script =
        format!("MYSQL_PWD=\"$MYSQL_ROOT_PASSWORD\" exec mysqladmin --host=127.0.0.1 --user=root {command}");
    ExecAction { command: Some(vec!["sh".into(), "-c".into(), script]) }
}

fn before_stop(handler: LifecycleHandler) -> Option<Lifecycle> {
    Some(Lifecycle { pre_stop: Some(handler), ..Lifecycle::default() })
}

fn port(name: &str, port: i32) -> ContainerPort {
    ContainerPort { name: Some(name.into()), container_port: port, ..ContainerPort::default() }
}
