//! The order in which the parts come up, and in which they go.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::cluster::pki::Pki;
use crate::cluster::{self, Cluster, Kubectl, Tokens};
use crate::env_file::Environment;
use crate::layout::Layout;
use crate::log_file;
use crate::parts::{
    LIMIT, Part, dynamodb, elasticmq, etcd, function, gateway, kube_apiserver, kube_controller_manager,
    kube_scheduler, kwok, runner,
};
use crate::platform::Platform;
use crate::ports::Ports;
use crate::process::readiness::{Probe, Prober};
use crate::process::{Exit, Process};
use crate::supervisor::{mapping, say};
use crate::tools::Tools;

/// The runner gives its work back on SIGTERM, which takes it some calls.
const GRACE: Duration = Duration::from_secs(10);
/// Stores of the `local` profile: the name resolves to 127.0.0.1 for every store below it.
const STORE_DOMAIN: &str = "store.127.0.0.1.nip.io";

/// What to start, and where.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) layout: Layout,
    pub(crate) ports: Ports,
    pub(crate) cluster: Cluster,
    /// Where `commands`, `queries` and `runner` lie.
    pub(crate) binaries: PathBuf,
}

/// The processes of one stack.
#[derive(Debug)]
pub(crate) struct Stack {
    plan: Plan,
    tools: Tools,
    exits: mpsc::UnboundedSender<Exit>,
    processes: Mutex<Vec<Process>>,
    /// What calls the functions that no route leads to.
    tasks: Mutex<JoinSet<()>>,
}

impl Stack {
    pub(crate) fn new(plan: Plan, exits: mpsc::UnboundedSender<Exit>) -> Self {
        Self {
            tools: Tools::at(&plan.layout),
            plan,
            exits,
            processes: Mutex::default(),
            tasks: Mutex::default(),
        }
    }

    /// Brings everything up, and writes `.local/env`. Parts that don't need each other start together.
    pub(crate) async fn start(&self) -> Result<()> {
        let Plan { layout, ports, .. } = &self.plan;
        let http = Prober::new(None)?;
        let dynamodb = dynamodb::part(&self.tools, ports.dynamodb);
        let elasticmq = elasticmq::part(&self.tools, ports.elasticmq, &layout.data())?;
        let gateway = gateway::part(&self.tools, ports.api, layout)?;
        let storage = async {
            tokio::try_join!(self.bring_up(dynamodb, &http), self.bring_up(elasticmq, &http))?;
            Platform::create(ports.dynamodb, ports.elasticmq).await
        };
        let (platform, (), ()) =
            tokio::try_join!(storage, self.bring_up(gateway, &http), self.start_cluster(&http))?;

        self.start_programs(&platform, &http).await?;
        let programs = format!("{}:{}", self.plan.binaries.display(), self.tools.programs());
        self.environment(&platform).write(&layout.env_file(), &programs)
    }

    async fn start_cluster(&self, http: &Prober) -> Result<()> {
        let Plan { layout, cluster, .. } = &self.plan;
        let kubectl = Kubectl::new(&self.tools, layout, cluster);
        if cluster.is_simulated() {
            self.start_control_plane(&kubectl, http).await?;
            cluster::furnish(&kubectl, layout).await?;
        }
        let started = Instant::now();
        cluster::admit_runner(&kubectl, layout).await?;
        ready("runner's account", started.elapsed());
        Ok(())
    }

    async fn start_control_plane(&self, kubectl: &Kubectl, http: &Prober) -> Result<()> {
        let Plan { layout, ports, .. } = &self.plan;
        let pki = Pki::create(&layout.pki()).context("the cluster's certificates can't be made")?;
        let tokens = Tokens::new();
        tokens.write(layout, &pki, ports.kube_apiserver)?;
        let https = Prober::new(Some(&pki.authority_pem()?))?;
        let tools = &self.tools;

        self.bring_up(etcd::part(tools, *ports, layout), http).await?;
        let apiserver = kube_apiserver::part(tools, *ports, layout, &pki, &tokens.admin);
        self.bring_up(apiserver, &https).await?;
        cluster::define_kinds(kubectl, tools, layout).await?;
        for group_version in kwok::GROUP_VERSIONS {
            let url = kube_apiserver::description(ports.kube_apiserver, group_version);
            let described = Probe::SucceedsAs { url, token: tokens.admin.clone() };
            https.wait_alone(&described, LIMIT).await.with_context(|| {
                format!("the API server does not describe the custom resources of {group_version}")
            })?;
        }
        let controllers = kube_controller_manager::part(tools, ports.kube_controller_manager, &pki);
        let scheduler = kube_scheduler::part(tools, ports.kube_scheduler, &pki);
        let kwok = kwok::part(tools, ports.kwok, &pki, layout)?;
        tokio::try_join!(
            self.bring_up(controllers, &https),
            self.bring_up(scheduler, &https),
            self.bring_up(kwok, http),
        )?;
        Ok(())
    }

    /// What this repository makes: the functions and the runner.
    async fn start_programs(&self, platform: &Platform, http: &Prober) -> Result<()> {
        let Plan { layout, ports, binaries, .. } = &self.plan;
        let variables = platform.variables();
        let runner = runner::part(binaries, ports.runner, &layout.runner_kubeconfig(), &variables);
        let api = ("API_URL", format!("http://127.0.0.1:{}", ports.api));
        let of_functions = [variables.clone(), vec![api]].concat();
        let functions =
            function::RUNTIMES.map(|runtime| function::part(runtime, binaries, ports.api, &of_functions));
        let functions = async {
            for part in functions {
                self.bring_up(part, http).await?;
            }
            Ok(())
        };
        tokio::try_join!(functions, self.bring_up(runner, http))?;
        self.call_functions(platform)
    }

    /// Calls the functions that no route leads to, for as long as the stack is up.
    fn call_functions(&self, platform: &Platform) -> Result<()> {
        // All that is called is on this machine.
        let client = reqwest::Client::builder().no_proxy().build().context("no HTTP client")?;
        let url = |name| function::invocations(self.plan.ports.api, name);
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.spawn(mapping::map(platform.notices.clone(), client.clone(), url(function::FAN_OUT)));
        for _ in 0..function::DELIVERERS {
            tasks.spawn(mapping::map(platform.deliveries.clone(), client.clone(), url(function::DELIVER)));
        }
        tasks.spawn(mapping::schedule(client, url(function::SWEEP)));
        Ok(())
    }

    async fn bring_up(&self, part: Part, prober: &Prober) -> Result<()> {
        let Part { program, probe, limit } = part;
        let name = program.name().to_owned();
        let started = Instant::now();
        let process = Process::start(program, &self.plan.layout, self.exits.clone())?;
        let life = process.life();
        self.processes.lock().unwrap_or_else(PoisonError::into_inner).push(process);
        if let Err(error) = prober.wait(&probe, &life, limit).await {
            let log = self.plan.layout.log(&name);
            anyhow::bail!(
                "{name} did not start: {error:#}; its log is {}\n{}",
                log.display(),
                log_file::tail(&log)
            );
        }
        ready(&name, started.elapsed());
        Ok(())
    }

    fn environment(&self, platform: &Platform) -> Environment {
        let Plan { layout, ports, cluster, .. } = &self.plan;
        let mut environment = Environment::default();
        environment.set("API_URL", format!("http://127.0.0.1:{}", ports.api));
        environment.set("RUNNER_URL", format!("http://127.0.0.1:{}", ports.runner));
        environment.set("ADMIN_TOKEN", &platform.admin_token);
        environment.set("CLUSTER", if cluster.is_simulated() { "simulated" } else { "existing" });
        let path = |path: PathBuf| path.display().to_string();
        environment.set("KUBECONFIG", path(cluster.kubeconfig(layout)));
        environment.set("RUNNER_KUBECONFIG", path(layout.runner_kubeconfig()));
        if cluster.is_simulated() {
            environment.set("WORDPRESS_STAND_IN", path(layout.wordpress_stand_in()));
            environment.set("CONTAINER_LOGS", path(layout.container_logs()));
            environment.set("AUDIT_LOG", path(layout.audit_log()));
        }
        environment.set("PID_FOLDER", path(layout.run()));
        for (name, value) in platform.variables() {
            environment.set(name, value);
        }
        environment.set("DEAD_LETTER_QUEUE_URL", &platform.dead_letter_queue_url);
        // What the runner reads, if whoever starts the stack has set it: an existing cluster has its own.
        let domain = std::env::var("STORE_DOMAIN").unwrap_or_else(|_| STORE_DOMAIN.into());
        environment.set("STORE_DOMAIN", domain);
        environment
    }

    /// Ends everything: ours first and with time to finish, then what they stand on, at once. What the
    /// others hold is thrown away, so a grace would protect nothing.
    pub(crate) async fn stop(&self) {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).abort_all();
        let processes = std::mem::take(&mut *self.processes.lock().unwrap_or_else(PoisonError::into_inner));
        let (ours, others): (Vec<_>, Vec<_>) = processes.into_iter().partition(Process::is_ours);
        stop_all(ours, GRACE).await;
        stop_all(others, Duration::ZERO).await;
        stdio::note(format_args!("all parts have ended"));
    }
}

async fn stop_all(processes: Vec<Process>, grace: Duration) {
    let stops: JoinSet<()> = processes.into_iter().map(|process| process.stop(grace)).collect();
    stops.join_all().await;
}

fn ready(part: &str, time: Duration) {
    say(&format!("  {part:<24} ready after {:.1} s", time.as_secs_f64()));
}
