//! What stores may use of a cluster.

use clap::Args;

use super::{Quantity, parse};

/// What a container gets and may use at most, and all of a store together.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Stores' resources")]
pub struct ResourceLimits {
    /// Storage class of the stores' volumes; in production gp3
    #[arg(
        long,
        env = "STORAGE_CLASS",
        default_value = "standard",
        default_value_if("profile", "production", "gp3"),
        value_parser = parse::dns_name
    )]
    pub storage_class: String,

    /// Size of each of a store's two volumes
    #[arg(long, env = "VOLUME_SIZE", default_value = "5Gi")]
    pub volume_size: Quantity,

    /// CPU that each container asks for; in production 250m
    #[arg(
        long,
        env = "CPU_REQUEST",
        default_value = "50m",
        default_value_if("profile", "production", "250m")
    )]
    pub cpu_request: Quantity,

    /// CPU that each container may use; in production 2
    #[arg(long, env = "CPU_LIMIT", default_value = "500m", default_value_if("profile", "production", "2"))]
    pub cpu_limit: Quantity,

    /// Memory that each container asks for; in production 512Mi
    #[arg(
        long,
        env = "MEMORY_REQUEST",
        default_value = "128Mi",
        default_value_if("profile", "production", "512Mi")
    )]
    pub memory_request: Quantity,

    /// Memory that each container may use; the shop serves as many requests at once as fit; in production
    /// 1Gi
    #[arg(
        long,
        env = "MEMORY_LIMIT",
        default_value = "512Mi",
        default_value_if("profile", "production", "1Gi")
    )]
    pub memory_limit: Quantity,

    /// Memory in MiB that the database keeps of its data; MEMORY_LIMIT must hold three times as much; in
    /// production 256
    #[arg(
        long,
        env = "DATABASE_BUFFER_POOL_MIB",
        default_value = "128",
        default_value_if("profile", "production", "256"),
        value_parser = clap::value_parser!(u32).range(8..=1_048_576)
    )]
    pub database_buffer_pool_mib: u32,

    /// CPU that all containers of a store may ask for; at least eight times CPU_REQUEST; in production 2
    #[arg(
        long,
        env = "QUOTA_CPU_REQUESTS",
        default_value = "1",
        default_value_if("profile", "production", "2")
    )]
    pub quota_cpu_requests: Quantity,

    /// CPU that all containers of a store may use; at least eight times CPU_LIMIT; in production 16
    #[arg(
        long,
        env = "QUOTA_CPU_LIMITS",
        default_value = "4",
        default_value_if("profile", "production", "16")
    )]
    pub quota_cpu_limits: Quantity,

    /// Memory that all containers of a store may ask for; at least eight times MEMORY_REQUEST; in production
    /// 4Gi
    #[arg(
        long,
        env = "QUOTA_MEMORY_REQUESTS",
        default_value = "2Gi",
        default_value_if("profile", "production", "4Gi")
    )]
    pub quota_memory_requests: Quantity,

    /// Memory that all containers of a store may use; at least eight times MEMORY_LIMIT; in production 8Gi
    #[arg(
        long,
        env = "QUOTA_MEMORY_LIMITS",
        default_value = "4Gi",
        default_value_if("profile", "production", "8Gi")
    )]
    pub quota_memory_limits: Quantity,

    /// Storage that all volumes of a store may hold; at least twice VOLUME_SIZE
    #[arg(long, env = "QUOTA_STORAGE", default_value = "20Gi")]
    pub quota_storage: Quantity,
}

/// How many containers a store has at most. Database, shop, scheduled work and setup job are there at the same
/// time while it is made, and one more of each while it is replaced.
const CONTAINERS: u32 = 8;
/// How many volumes a store has.
const VOLUMES: u32 = 2;
/// How many buffer pools a container's memory must hold. Beside the pool itself the database was seen to need
/// as much as 128 MiB at rest, and more for each connection at work.
const BUFFER_POOLS: u32 = 3;

/// Two amounts that are sound each by itself, and not together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResourceLimitsFault {
    /// A container would ask for more than it may use: the API server refuses that.
    #[error("{request} is {asked}, which is more than {limit}, {allowed}")]
    RequestAboveLimit {
        /// The setting that is too great.
        request: &'static str,
        /// Its value.
        asked: Quantity,
        /// The setting that it is too great for.
        limit: &'static str,
        /// Its value.
        allowed: Quantity,
    },
    /// A store's pods or volumes would not be admitted, or its database would not live.
    #[error("{whole} is {total}, and must hold {count} times {part}, {each}")]
    TooSmall {
        /// The setting that is too small.
        whole: &'static str,
        /// Its value.
        total: Quantity,
        /// How many must fit.
        count: u32,
        /// The setting of each of them.
        part: &'static str,
        /// Its value.
        each: Quantity,
    },
}

impl ResourceLimits {
    /// All amounts that do not go together.
    pub(super) fn faults(&self) -> Vec<ResourceLimitsFault> {
        let Self {
            storage_class: _,
            volume_size,
            cpu_request,
            cpu_limit,
            memory_request,
            memory_limit,
            database_buffer_pool_mib,
            quota_cpu_requests,
            quota_cpu_limits,
            quota_memory_requests,
            quota_memory_limits,
            quota_storage,
        } = self;
        let pool = Quantity::of_mib(*database_buffer_pool_mib);
        let requests = [
            above("CPU_REQUEST", cpu_request, "CPU_LIMIT", cpu_limit),
            above("MEMORY_REQUEST", memory_request, "MEMORY_LIMIT", memory_limit),
        ];
        let quotas = [
            too_small("QUOTA_CPU_REQUESTS", quota_cpu_requests, CONTAINERS, "CPU_REQUEST", cpu_request),
            too_small("QUOTA_CPU_LIMITS", quota_cpu_limits, CONTAINERS, "CPU_LIMIT", cpu_limit),
            too_small(
                "QUOTA_MEMORY_REQUESTS",
                quota_memory_requests,
                CONTAINERS,
                "MEMORY_REQUEST",
                memory_request,
            ),
            too_small("QUOTA_MEMORY_LIMITS", quota_memory_limits, CONTAINERS, "MEMORY_LIMIT", memory_limit),
            too_small("QUOTA_STORAGE", quota_storage, VOLUMES, "VOLUME_SIZE", volume_size),
            too_small("MEMORY_LIMIT", memory_limit, BUFFER_POOLS, "DATABASE_BUFFER_POOL_MIB", &pool),
        ];
        requests.into_iter().chain(quotas).flatten().collect()
    }
}

fn above(
    request: &'static str,
    asked: &Quantity,
    limit: &'static str,
    allowed: &Quantity,
) -> Option<ResourceLimitsFault> {
    let (asked, allowed) = (asked.clone(), allowed.clone());
    (asked > allowed).then_some(ResourceLimitsFault::RequestAboveLimit { request, asked, limit, allowed })
}

fn too_small(
    whole: &'static str,
    total: &Quantity,
    count: u32,
    part: &'static str,
    each: &Quantity,
) -> Option<ResourceLimitsFault> {
    let fault =
        || ResourceLimitsFault::TooSmall { whole, total: total.clone(), count, part, each: each.clone() };
    (!total.holds(count, each)).then(fault)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use crate::settings::StoreSettings;

    fn faults(flags: &[&str]) -> Vec<String> {
        let settings = StoreSettings::try_parse_from([&["settings"], flags].concat()).unwrap();
        settings.faults().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn amounts_that_do_not_go_together_are_named() {
        for (flag, value, fault) in [
            ("--cpu-request", "600m", "CPU_REQUEST is 600m, which is more than CPU_LIMIT, 500m"),
            ("--memory-limit", "100Mi", "MEMORY_REQUEST is 128Mi, which is more than MEMORY_LIMIT, 100Mi"),
            (
                "--quota-cpu-requests",
                "399m",
                "QUOTA_CPU_REQUESTS is 399m, and must hold 8 times CPU_REQUEST, 50m",
            ),
            ("--quota-cpu-limits", "2", "QUOTA_CPU_LIMITS is 2, and must hold 8 times CPU_LIMIT, 500m"),
            (
                "--quota-memory-requests",
                "1023Mi",
                "QUOTA_MEMORY_REQUESTS is 1023Mi, and must hold 8 times MEMORY_REQUEST, 128Mi",
            ),
            (
                "--quota-memory-limits",
                "2Gi",
                "QUOTA_MEMORY_LIMITS is 2Gi, and must hold 8 times MEMORY_LIMIT, 512Mi",
            ),
            ("--volume-size", "11Gi", "QUOTA_STORAGE is 20Gi, and must hold 2 times VOLUME_SIZE, 11Gi"),
            (
                "--database-buffer-pool-mib",
                "171",
                "MEMORY_LIMIT is 512Mi, and must hold 3 times DATABASE_BUFFER_POOL_MIB, 171Mi",
            ),
            (
                "--memory-limit",
                "383Mi",
                "MEMORY_LIMIT is 383Mi, and must hold 3 times DATABASE_BUFFER_POOL_MIB, 128Mi",
            ),
        ] {
            assert!(
                faults(&[flag, value]).iter().any(|found| found == fault),
                "{:?}",
                faults(&[flag, value])
            );
        }
        for held in [["--quota-cpu-requests", "400m"], ["--database-buffer-pool-mib", "170"]] {
            assert_eq!(faults(&held), [""; 0], "it holds them to the last");
        }
    }

    #[test]
    fn all_of_them_are_reported_at_once() {
        assert_eq!(faults(&["--cpu-request", "8", "--volume-size", "11Gi"]).len(), 3);
    }
}
