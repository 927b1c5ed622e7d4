//! The ports of a stack: fixed ones that a person can remember, or free ones for a private stack.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;

use anyhow::{Context, Result, bail};

/// Below the range from which Linux takes ports for outgoing connections, so that a port found free
/// is not taken by a connection of somebody's before the part listens on it.
const PRIVATE: Range<u16> = 20_000..32_000;

/// One port a part that listens. All are on 127.0.0.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ports {
    pub(crate) api: u16,
    pub(crate) dynamodb: u16,
    pub(crate) elasticmq: u16,
    pub(crate) runner: u16,
    pub(crate) kube_apiserver: u16,
    pub(crate) etcd: u16,
    pub(crate) etcd_peer: u16,
    pub(crate) kwok: u16,
    pub(crate) kube_controller_manager: u16,
    pub(crate) kube_scheduler: u16,
}

const COUNT: usize = 10;

impl Ports {
    /// The base port is the API's, the others follow it.
    pub(crate) fn from_base(base: u16) -> Result<Self> {
        let mut ports = [0; COUNT];
        for (offset, port) in (0u16..).zip(&mut ports) {
            *port = base
                .checked_add(offset)
                .with_context(|| format!("base port {base} leaves no room for {COUNT} ports"))?;
        }
        Ok(Self::from_array(ports))
    }

    /// Ports that nobody listens on now. `seed` keeps two stacks that start at once apart.
    pub(crate) fn free(seed: u32) -> Result<Self> {
        let span = u32::from(PRIVATE.end - PRIVATE.start);
        // Neighbouring pids get ranges that don't touch.
        let start = seed.wrapping_mul(COUNT as u32 * 2) % span;
        let mut free = (0..span)
            .map(|step| PRIVATE.start + ((start + step) % span) as u16)
            .filter(|port| is_free(*port));
        let mut ports = [0; COUNT];
        for port in &mut ports {
            *port = free.next().with_context(|| format!("no free port in {PRIVATE:?}"))?;
        }
        Ok(Self::from_array(ports))
    }

    /// As words for the supervisor's command line.
    pub(crate) fn to_argument(self) -> String {
        self.named().map(|(_, port)| port.to_string()).join(",")
    }

    /// The reverse of [`Ports::to_argument`].
    pub(crate) fn from_argument(text: &str) -> Result<Self> {
        let ports: Vec<u16> = text
            .split(',')
            .map(str::parse)
            .collect::<Result<_, _>>()
            .with_context(|| format!("not a list of ports: {text}"))?;
        let ports: [u16; COUNT] =
            ports.try_into().map_err(|_| anyhow::anyhow!("not {COUNT} ports: {text}"))?;
        Ok(Self::from_array(ports))
    }

    /// Fails with the first port that is taken, its part, and who holds it.
    pub(crate) fn check_free(self, simulated_cluster: bool) -> Result<()> {
        for (index, (part, port)) in self.named().into_iter().enumerate() {
            let needed = simulated_cluster || index < 4;
            if needed && !is_free(port) {
                let holder = holder(port).map_or_else(
                    || "by a process that can't be seen from here".to_owned(),
                    |(pid, name)| format!("by `{name}` (pid {pid})"),
                );
                bail!(
                    "port {port}, wanted for {part}, is taken {holder}. End it, or choose other ports \
                     with --base-port (SHOPWRIGHT_BASE_PORT)"
                );
            }
        }
        Ok(())
    }

    fn named(self) -> [(&'static str, u16); COUNT] {
        [
            ("the API", self.api),
            ("dynamodb", self.dynamodb),
            ("elasticmq", self.elasticmq),
            ("the runner", self.runner),
            ("kube-apiserver", self.kube_apiserver),
            ("etcd", self.etcd),
            ("etcd's peers", self.etcd_peer),
            ("kwok", self.kwok),
            ("kube-controller-manager", self.kube_controller_manager),
            ("kube-scheduler", self.kube_scheduler),
        ]
    }

    fn from_array(ports: [u16; COUNT]) -> Self {
        let [
            api,
            dynamodb,
            elasticmq,
            runner,
            kube_apiserver,
            etcd,
            etcd_peer,
            kwok,
            kube_controller_manager,
            kube_scheduler,
        ] = ports;
        Self {
            api,
            dynamodb,
            elasticmq,
            runner,
            kube_apiserver,
            etcd,
            etcd_peer,
            kwok,
            kube_controller_manager,
            kube_scheduler,
        }
    }
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// Pid and name of the process that listens on a port, as far as /proc shows it to this user.
fn holder(port: u16) -> Option<(u32, String)> {
    let inodes: Vec<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|table| fs::read_to_string(table).ok())
        .flat_map(|table| listening_inodes(&table, port))
        .map(|inode| format!("socket:[{inode}]"))
        .collect();
    for process in fs::read_dir("/proc").ok()?.flatten() {
        let Some(pid) = process.file_name().to_str().and_then(|pid| pid.parse().ok()) else {
            continue;
        };
        let Ok(descriptors) = fs::read_dir(process.path().join("fd")) else {
            continue;
        };
        let holds = descriptors.flatten().any(|descriptor| {
            fs::read_link(descriptor.path())
                .is_ok_and(|target| inodes.iter().any(|inode| target.as_os_str() == inode.as_str()))
        });
        if holds {
            let name = fs::read_to_string(process.path().join("comm")).unwrap_or_default();
            return Some((pid, name.trim().to_owned()));
        }
    }
    None
}

/// Inodes of the sockets that listen on a port, from a table in the form of `/proc/net/tcp`.
fn listening_inodes(table: &str, port: u16) -> Vec<String> {
    const LISTEN: &str = "0A";
    let suffix = format!(":{port:04X}");
    table
        .lines()
        .skip(1)
        .filter_map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let listens = fields.get(1)?.ends_with(&suffix) && *fields.get(3)? == LISTEN;
            listens.then(|| fields.get(9).map(|inode| (*inode).to_owned()))?
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_others_follow_the_base_port() {
        let ports = Ports::from_base(9000).unwrap();
        assert_eq!((ports.api, ports.kube_scheduler), (9000, 9009));
        assert!(Ports::from_base(65_530).is_err());
    }

    #[test]
    fn an_argument_reads_back_as_written() {
        let ports = Ports::from_base(9100).unwrap();
        assert_eq!(Ports::from_argument(&ports.to_argument()).unwrap(), ports);
        assert!(Ports::from_argument("1,2,x").is_err());
        assert!(Ports::from_argument("1,2,3").is_err());
    }

    #[test]
    fn free_ports_are_distinct_and_skip_one_that_is_taken() {
        let first = Ports::free(7).unwrap();
        let _taken = TcpListener::bind((Ipv4Addr::LOCALHOST, first.api)).unwrap();
        let second = Ports::free(7).unwrap();
        assert_ne!(first.api, second.api);
        let mut all: Vec<u16> = second.named().map(|(_, port)| port).to_vec();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), COUNT);
    }

    #[test]
    fn a_taken_port_is_named_with_its_part_and_its_holder() {
        let ports = Ports::free(99).unwrap();
        let _taken = TcpListener::bind((Ipv4Addr::LOCALHOST, ports.elasticmq)).unwrap();
        let message = ports.check_free(true).unwrap_err().to_string();
        assert!(message.contains(&ports.elasticmq.to_string()), "{message}");
        assert!(message.contains("elasticmq"), "{message}");
        assert!(message.contains(&format!("pid {}", std::process::id())), "{message}");
        assert!(message.contains("--base-port"), "{message}");
    }

    #[test]
    fn only_listening_sockets_of_the_port_count() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
            0: 0100007F:2328 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1\n\
            1: 0100007F:2328 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 222 1\n\
            2: 0100007F:2329 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1\n";
        assert_eq!(listening_inodes(table, 9000), ["111"]);
    }
}
