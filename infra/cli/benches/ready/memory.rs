//! How much memory a store's containers take at most, seen from inside them from their start on.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use futures_util::TryStreamExt as _;
use k8s_openapi::api::core::v1::{ContainerStatus, Pod};
use kube::{
    Api, Client, ResourceExt as _,
    api::{AttachParams, WatchEvent, WatchParams},
};
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    sync::Mutex,
    task::JoinSet,
};

/// Writes the container's memory in bytes, each time that it is greater than before: what is its own alone,
/// and what the kubelet counts, which is all but the part of the page cache that is not in use. It looks ten
/// times a second, and starts no process for that. cgroup v2, then v1.
const WATCHING: &str = r#"
exec 9<> <(:)
root=/sys/fs/cgroup
if [ -r $root/memory.current ]; then
    usage=$root/memory.current stat=$root/memory.stat own=anon cache=inactive_file
else
    usage=$root/memory/memory.usage_in_bytes stat=$root/memory/memory.stat own=total_rss cache=total_inactive_file
fi
most_own=0 most_counted=0
while :; do
    read -r total < $usage
    while read -r name value; do
        case $name in
        "$own") mine=$value ;;
        "$cache") idle=$value ;;
        esac
    done < $stat
    counted=$((total - idle))
    if [ "$mine" -gt $most_own ] || [ $counted -gt $most_counted ]; then
        [ "$mine" -le $most_own ] || most_own=$mine
        [ $counted -le $most_counted ] || most_counted=$counted
        echo "$most_own $most_counted"
    fi
    read -rt 0.1 -u 9
done
"#;

/// The most memory that one container was seen with, in bytes.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Peak {
    /// What is its own alone, and can't be taken from it.
    pub(crate) own: u64,
    /// What the kubelet counts.
    pub(crate) counted: u64,
    /// What it may take.
    pub(crate) limit: u64,
    /// How often it was ended for having taken more, or for any other reason.
    pub(crate) restarts: u32,
}

/// The peaks by container.
pub(crate) type Peaks = BTreeMap<String, Peak>;

/// A watch over all pods of a namespace.
pub(crate) struct MemoryWatch {
    peaks: Arc<Mutex<Peaks>>,
    _watches: JoinSet<anyhow::Result<()>>,
}

impl MemoryWatch {
    /// Watches the pods of `namespace` as they come.
    pub(crate) fn of(client: &Client, namespace: &str) -> Self {
        let peaks = Arc::default();
        let mut watches = JoinSet::new();
        let pods = Api::namespaced(client.clone(), namespace);
        watches.spawn(follow(pods, Arc::clone(&peaks)));
        Self { peaks, _watches: watches }
    }

    pub(crate) async fn peaks(&self) -> Peaks {
        self.peaks.lock().await.clone()
    }
}

/// Looks into each container of `pods` as soon as it runs.
async fn follow(pods: Api<Pod>, peaks: Arc<Mutex<Peaks>>) -> anyhow::Result<()> {
    let mut looks = JoinSet::new();
    let mut known = BTreeSet::new();
    loop {
        let events = pods.watch(&WatchParams::default().timeout(240), "0").await?;
        let mut events = std::pin::pin!(events);
        while let Ok(Some(event)) = events.try_next().await {
            let (WatchEvent::Added(pod) | WatchEvent::Modified(pod)) = event else { continue };
            for container in statuses(&pod) {
                let name = container.name.clone();
                let restarts = u32::try_from(container.restart_count).unwrap_or_default();
                let mut all = peaks.lock().await;
                let peak = all.entry(name.clone()).or_default();
                peak.limit = limit_of(&pod, &name).unwrap_or_default();
                peak.restarts = peak.restarts.max(restarts);
                let runs = container.state.as_ref().is_some_and(|state| state.running.is_some());
                if runs && known.insert((pod.name_any(), name.clone(), restarts)) {
                    looks.spawn(look(pods.clone(), pod.name_any(), name, Arc::clone(&peaks)));
                }
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Notes the memory of one container until it ends. One that ends before it can be looked into has none.
async fn look(pods: Api<Pod>, pod: String, container: String, peaks: Arc<Mutex<Peaks>>) {
    let params = AttachParams::default().container(&container).stdout(true).stderr(false);
    let Ok(mut process) = pods.exec(&pod, ["bash", "-c", WATCHING], &params).await else { return };
    let Some(output) = process.stdout() else { return };
    let mut lines = BufReader::new(output).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let mut numbers = line.split_whitespace().filter_map(|number| number.parse().ok());
        if let (Some(own), Some(counted)) = (numbers.next(), numbers.next()) {
            let mut peaks = peaks.lock().await;
            let peak = peaks.entry(container.clone()).or_default();
            peak.own = peak.own.max(own);
            peak.counted = peak.counted.max(counted);
        }
    }
}

fn statuses(pod: &Pod) -> impl Iterator<Item = &ContainerStatus> {
    let status = pod.status.iter();
    status
        .flat_map(|status| status.init_container_statuses.iter().chain(&status.container_statuses).flatten())
}

/// The memory limit of a container, in bytes.
fn limit_of(pod: &Pod, name: &str) -> Option<u64> {
    let spec = pod.spec.as_ref()?;
    let mut containers = spec.init_containers.iter().flatten().chain(&spec.containers);
    let container = containers.find(|container| container.name == name)?;
    bytes(&container.resources.as_ref()?.limits.as_ref()?.get("memory")?.0)
}

/// An amount of memory as settings have it.
fn bytes(quantity: &str) -> Option<u64> {
    let units = [("Ki", 1 << 10), ("Mi", 1 << 20), ("Gi", 1 << 30), ("", 1)];
    units.iter().find_map(|(unit, factor)| Some(quantity.strip_suffix(unit)?.parse::<u64>().ok()? * factor))
}
