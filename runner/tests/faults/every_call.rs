//! Whole scenarios with one fault each: every call, every way.

use std::env;

use futures_util::{StreamExt as _, future::join_all, stream};

use crate::{
    PARTS,
    environment::{Environment, SharedParts, snapshot::NormalizedObjects},
    injection::call::Purpose,
    injection::fault::Fault,
    progress::Progress,
    scenario::Scenario,
};

/// How many environments there are at the same time. Most of a run is waiting.
const AT_ONCE: usize = 10;

/// What no fault changes.
pub(crate) struct Baseline {
    calls: Vec<(Purpose, usize)>,
    pub(crate) objects: Option<NormalizedObjects>,
}

/// Runs `scenario` without a fault.
pub(crate) async fn baseline(shared: &SharedParts, scenario: Scenario) -> Baseline {
    let environment = Environment::with(shared, scenario.flags()).await;
    let store = if scenario.is_follow_up() {
        let store = environment.set_up(Scenario::Provisioning).await;
        environment.run(Scenario::Provisioning, &store, None, None).await.unwrap();
        environment.follow_up(scenario, &store).await;
        store
    } else {
        environment.set_up(scenario).await
    };
    let calls = environment.run(scenario, &store, None, None).await.unwrap();
    let objects = environment.snapshot(&store).await.normalized();
    environment.end(&store).await;
    Baseline { calls, objects: Some(objects).filter(|objects| !objects.is_empty()) }
}

/// The calls that each run of `scenario` makes without a fault: those of two runs. A machine that is busy can
/// add some to one of them, such as a lease that is given back because the table answered late, and a
/// fault at such a call would be met only by chance.
async fn calls_of(shared: &SharedParts, scenario: Scenario) -> Vec<(Purpose, usize)> {
    let (first, second) = tokio::join!(baseline(shared, scenario), baseline(shared, scenario));
    let (first, second) = (first.calls, second.calls);
    let in_both = |(purpose, times): (Purpose, usize)| {
        let (_, again) = second.iter().find(|(other, _)| *other == purpose)?;
        Some((purpose, times.min(*again)))
    };
    first.into_iter().filter_map(in_both).collect()
}

/// One environment: a store that is made, with a fault, and follow-ups as long as there are faults.
struct Run {
    made: (Scenario, Option<Fault>),
    follow_ups: Vec<(Scenario, Fault)>,
}

/// Makes one run, and returns what went wrong in it.
async fn run_with_follow_ups(
    shared: &SharedParts,
    run: &Run,
    expected: &NormalizedObjects,
) -> Option<(Scenario, Option<Fault>, String)> {
    let (scenario, fault) = &run.made;
    let environment = Environment::with(shared, scenario.flags()).await;
    let store = environment.set_up(*scenario).await;
    let mut problem = environment
        .run(*scenario, &store, fault.as_ref(), Some(expected))
        .await
        .err()
        .map(|problem| (*scenario, fault.clone(), problem));
    for (scenario, fault) in &run.follow_ups {
        if problem.is_some() {
            break;
        }
        environment.follow_up(*scenario, &store).await;
        let ended = environment.run(*scenario, &store, Some(fault), Some(expected)).await;
        problem = ended.err().map(|problem| (*scenario, Some(fault.clone()), problem));
    }
    environment.end(&store).await;
    problem
}

/// All runs: a fault of a follow-up needs a store that was made, which is a scenario by itself.
fn runs(made: Vec<(Scenario, Fault)>, follow_ups: Vec<(Scenario, Vec<Fault>)>) -> Vec<Run> {
    let mut left: Vec<_> =
        follow_ups.into_iter().map(|(scenario, faults)| (scenario, faults.into_iter())).collect();
    let mut follow_ups = || {
        let next = left.iter_mut().filter_map(|(scenario, faults)| Some((*scenario, faults.next()?)));
        next.collect::<Vec<_>>()
    };
    let mut runs: Vec<_> = made
        .into_iter()
        .map(|(scenario, fault)| Run {
            follow_ups: if scenario == Scenario::Provisioning { follow_ups() } else { Vec::new() },
            made: (scenario, Some(fault)),
        })
        .collect();
    loop {
        let left = follow_ups();
        if left.is_empty() {
            return runs;
        }
        runs.push(Run { made: (Scenario::Provisioning, None), follow_ups: left });
    }
}

/// Which faults are run, as the environment says.
struct Selection {
    /// `SCENARIO=Reveal` runs the faults of one scenario alone. `STORY` is its earlier name.
    scenario: Option<Scenario>,
    /// `FAULT="commit 3:KillAfter"` runs one fault alone, in every scenario that has it.
    fault: Option<Fault>,
    /// Unless `EVERY_WAY` or `FAULT` is set, a runner stands still only where that can do harm.
    every_kind: bool,
}

impl Selection {
    fn from_env() -> Self {
        let text = |name: &str| env::var(name).ok().filter(|text| !text.is_empty());
        let scenario = text("SCENARIO").or_else(|| text("STORY"));
        let scenario = scenario
            .map(|name| name.parse().unwrap_or_else(|_| panic!("there is no scenario of the name {name}")));
        let fault = text("FAULT").map(|text| text.parse().unwrap_or_else(|error| panic!("FAULT is {error}")));
        let every_kind = env::var_os("EVERY_WAY").is_some() || fault.is_some();
        Self { scenario, fault, every_kind }
    }

    fn is_everything(&self) -> bool {
        self.scenario.is_none() && self.fault.is_none()
    }

    /// The faults of `scenario` that are to be run.
    async fn faults_of(&self, shared: &SharedParts, scenario: Scenario) -> Vec<Fault> {
        if self.scenario.is_some_and(|wanted| wanted != scenario) {
            return Vec::new();
        }
        let calls = Box::pin(calls_of(shared, scenario)).await;
        let faults = scenario.faults(&calls, self.every_kind).into_iter();
        faults.filter(|fault| self.fault.as_ref().is_none_or(|wanted| wanted == fault)).collect()
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn every_scenario_survives_a_fault_at_every_call() {
    let _with_others = PARTS.read().await;
    let shared = SharedParts::new().await;
    let selection = Selection::from_env();
    // The longest first: a sweep that is lost half-way is made up for only a minute later.
    let made =
        [Scenario::LostJob, Scenario::Provisioning, Scenario::Route, Scenario::Conflict, Scenario::Refusal];
    // The last one takes the store away.
    let follow_ups = [
        Scenario::Reveal,
        Scenario::ResetPassword,
        Scenario::Restart,
        Scenario::Hibernate,
        Scenario::Resume,
        Scenario::Suspend,
        Scenario::Unsuspend,
        Scenario::Teardown,
    ];
    let faults = |scenario| selection.faults_of(&shared, scenario);
    let (made_faults, follow_up_faults, by_ingress, by_route) = tokio::join!(
        join_all(made.map(faults)),
        join_all(follow_ups.map(faults)),
        baseline(&shared, Scenario::Provisioning),
        baseline(&shared, Scenario::Route)
    );
    let made = made.into_iter().zip(made_faults);
    let made: Vec<_> =
        made.flat_map(|(scenario, faults)| faults.into_iter().map(move |fault| (scenario, fault))).collect();
    let follow_ups: Vec<_> = follow_ups.into_iter().zip(follow_up_faults).collect();
    let (by_ingress, by_route) = (by_ingress.objects.unwrap(), by_route.objects.unwrap());
    let expected = |run: &Run| if run.made.0.flags().is_empty() { &by_ingress } else { &by_route };
    let count = made.len() + follow_ups.iter().map(|(_, faults)| faults.len()).sum::<usize>();
    let runs = runs(made, follow_ups);
    assert!(count > 0, "no scenario has the fault that was asked for");
    assert!(!selection.is_everything() || count > 300, "{count} faults are too few for all scenarios");
    let progress = Progress::of(runs.len(), "environments");
    progress.say(&format!("{count} faults in {} environments", runs.len()));
    let running = runs.iter().map(|run| async {
        let problem = run_with_follow_ups(&shared, run, expected(run)).await;
        if let Some((scenario, fault, problem)) = &problem {
            let fault = fault.as_ref().map(ToString::to_string).unwrap_or_default();
            progress.say(&format!("{scenario:?} FAULT='{fault}': {problem}"));
        }
        progress.ended();
        problem
    });
    let problems: Vec<_> =
        stream::iter(running).buffer_unordered(AT_ONCE).filter_map(std::future::ready).collect().await;
    let faults: Vec<_> = problems.iter().map(|(scenario, fault, _)| (scenario, fault)).collect();
    assert!(problems.is_empty(), "not survived: {faults:?}");
}
