//! Whole scenarios with one fault each: every call, every way.

use std::{env, iter};

use domain::store::Store;
use futures_util::{StreamExt as _, stream};

use crate::{
    environment::{Environment, SharedParts, snapshot::NormalizedObjects},
    injection::call::Purpose,
    injection::fault::Fault,
    parts,
    progress::Progress,
    scenario::{Scenario, table::WayIn},
};

/// How many environments there are at the same time, beside as many random runs. Most of a run is waiting.
const AT_ONCE: usize = 8;
/// How many of the scenarios that have a store of their own are looked at without a fault at the same time, twice each, beside two
/// stores for all operations.
const BASELINES_AT_ONCE: usize = AT_ONCE / 2 - 1;

/// What no fault changes.
pub(crate) struct Baseline {
    calls: Vec<(Purpose, usize)>,
    pub(crate) objects: Option<NormalizedObjects>,
}

/// Runs `scenario` without a fault, on a store that is made for it.
pub(crate) async fn baseline(shared: &SharedParts, scenario: Scenario) -> Baseline {
    if scenario.is_follow_up() {
        return Box::pin(baselines(shared, &[scenario])).await.remove(0);
    }
    let environment = Environment::with(shared, scenario.row().way_in.flags()).await;
    let store = environment.set_up(scenario).await;
    let baseline = baseline_of(&environment, scenario, &store).await;
    environment.end(&store).await;
    baseline
}

/// Runs `follow_ups` without a fault, one after the other on one store.
async fn baselines(shared: &SharedParts, follow_ups: &[Scenario]) -> Vec<Baseline> {
    let environment = Environment::with(shared, Scenario::Provisioning.row().way_in.flags()).await;
    let store = environment.set_up(Scenario::Provisioning).await;
    environment.run(Scenario::Provisioning, &store, None, None).await.unwrap();
    let mut baselines = Vec::new();
    for scenario in follow_ups {
        environment.follow_up(*scenario, &store).await;
        baselines.push(baseline_of(&environment, *scenario, &store).await);
    }
    environment.end(&store).await;
    baselines
}

async fn baseline_of(environment: &Environment, scenario: Scenario, store: &Store) -> Baseline {
    let ended = environment.run(scenario, store, None, None).await;
    let calls = ended.unwrap_or_else(|problem| panic!("{scenario:?} without a fault: {problem}")).calls;
    let objects = environment.snapshot(store).await.normalized();
    Baseline { calls, objects: Some(objects).filter(|objects| !objects.is_empty()) }
}

/// The calls that each run of a scenario makes without a fault: those of two runs. A machine that is busy can
/// add some to one of them, such as a lease that is given back because the table answered late, and a
/// fault at such a call would be met only by chance.
fn in_both(first: Baseline, second: &Baseline) -> Vec<(Purpose, usize)> {
    let in_both = |(purpose, times): (Purpose, usize)| {
        let (_, again) = second.calls.iter().find(|(other, _)| *other == purpose)?;
        Some((purpose, times.min(*again)))
    };
    first.calls.into_iter().filter_map(in_both).collect()
}

/// One environment: a store that is made, with a fault, and follow-ups as long as there are faults.
struct Run {
    made: (Scenario, Option<Fault>),
    follow_ups: Vec<(Scenario, Fault)>,
}

/// What one run came to.
#[derive(Default)]
struct Outcome {
    /// What went wrong, which ends a run.
    problem: Option<(Scenario, Option<Fault>, String)>,
    /// The faults at calls that its runners did not make.
    not_met: Vec<(Scenario, Fault)>,
}

async fn run_with_follow_ups(shared: &SharedParts, run: &Run, expected: &NormalizedObjects) -> Outcome {
    let (scenario, fault) = &run.made;
    let environment = Environment::with(shared, scenario.row().way_in.flags()).await;
    let store = environment.set_up(*scenario).await;
    let follow_ups = run.follow_ups.iter().map(|(scenario, fault)| (*scenario, Some(fault)));
    let mut outcome = Outcome::default();
    for (number, (scenario, fault)) in iter::once((*scenario, fault.as_ref())).chain(follow_ups).enumerate() {
        if number > 0 {
            environment.follow_up(scenario, &store).await;
        }
        match environment.run(scenario, &store, fault, Some(expected)).await {
            Ok(ended) => {
                outcome
                    .not_met
                    .extend(fault.filter(|_| !ended.is_met).map(|fault| (scenario, fault.clone())));
            }
            Err(problem) => {
                outcome.problem = Some((scenario, fault.cloned(), problem));
                break;
            }
        }
    }
    environment.end(&store).await;
    outcome
}

/// Runs a fault again that was not met, with nothing beside it. A busy machine can add calls to every run that
/// was looked at before, and only calls that a quiet one makes are counted.
async fn meet_again(
    shared: &SharedParts,
    (scenario, fault): (Scenario, Fault),
    expected: &NormalizedObjects,
) -> Option<(Scenario, Option<Fault>, String)> {
    let calls = baseline(shared, scenario).await.calls;
    if !scenario.faults(&calls, true).contains(&fault) {
        return None;
    }
    let made = if scenario.is_follow_up() {
        Run { made: (Scenario::Provisioning, None), follow_ups: vec![(scenario, fault.clone())] }
    } else {
        Run { made: (scenario, Some(fault.clone())), follow_ups: Vec::new() }
    };
    let outcome = run_with_follow_ups(shared, &made, expected).await;
    let never_met = || (scenario, Some(fault), "the fault was not met, twice".to_owned());
    outcome.problem.or_else(|| (!outcome.not_met.is_empty()).then(never_met))
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
    /// Unless `EVERY_WAY` or `FAULT` is set, only faults that can do harm are run, and of those that leave the same
    /// behind one.
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

    /// The scenarios of which faults are to be run: those that begin with a store that is up, or the others.
    fn scenarios(&self, are_follow_ups: bool) -> Vec<Scenario> {
        let all = Scenario::all(are_follow_ups).into_iter();
        all.filter(|scenario| self.scenario.is_none_or(|wanted| wanted == *scenario)).collect()
    }

    /// The faults of `scenario`, which makes `calls`, that are to be run.
    fn faults_of(&self, scenario: Scenario, calls: &[(Purpose, usize)]) -> Vec<Fault> {
        let faults = scenario.faults(calls, self.every_kind).into_iter();
        faults.filter(|fault| self.fault.as_ref().is_none_or(|wanted| wanted == fault)).collect()
    }

    /// The faults of new stores, and those of each scenario that follows.
    async fn faults(&self, shared: &SharedParts) -> (Vec<(Scenario, Fault)>, Vec<(Scenario, Vec<Fault>)>) {
        let (made, operations) = (self.scenarios(false), self.scenarios(true));
        // A deletion takes away what the operations before it have left, which is not the same in each environment.
        let (operations, deletions): (Vec<_>, Vec<_>) =
            operations.into_iter().partition(|scenario| scenario.is_operation());
        let alone: Vec<_> = made.iter().chain(&deletions).copied().collect();
        let each = alone.iter().map(|scenario| async {
            let (first, second) = tokio::join!(baseline(shared, *scenario), baseline(shared, *scenario));
            self.faults_of(*scenario, &in_both(first, &second))
        });
        let one_chain = || async {
            if operations.is_empty() { Vec::new() } else { baselines(shared, &operations).await }
        };
        let (mut of_alone, first, second) = tokio::join!(
            stream::iter(each).buffered(BASELINES_AT_ONCE).collect::<Vec<_>>(),
            one_chain(),
            one_chain(),
        );
        let of_deletions = deletions.into_iter().zip(of_alone.split_off(made.len()));
        let made = made.into_iter().zip(of_alone);
        let made = made.flat_map(|(scenario, faults)| faults.into_iter().map(move |fault| (scenario, fault)));
        let each = operations.iter().zip(first.into_iter().zip(&second));
        let of_operations = each.map(|(scenario, (first, second))| {
            (*scenario, self.faults_of(*scenario, &in_both(first, second)))
        });
        (made.collect(), of_operations.chain(of_deletions).collect())
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn every_scenario_survives_a_fault_at_every_call() {
    let _with_others = parts::shared().await;
    let shared = SharedParts::new().await;
    let selection = Selection::from_env();
    let by_ingress = baseline(&shared, Scenario::Provisioning).await.objects.unwrap();
    let by_route = baseline(&shared, Scenario::Route).await.objects.unwrap();
    let (made, follow_ups) = Box::pin(selection.faults(&shared)).await;
    let expected = |scenario: Scenario| match scenario.row().way_in {
        WayIn::Ingress => &by_ingress,
        WayIn::Route => &by_route,
    };
    let count = made.len() + follow_ups.iter().map(|(_, faults)| faults.len()).sum::<usize>();
    let runs = runs(made, follow_ups);
    assert!(count > 0, "no scenario has the fault that was asked for");
    assert!(!selection.is_everything() || count > 300, "{count} faults are too few for all scenarios");
    let progress = Progress::of(runs.len(), "environments");
    progress.say(&format!("{count} faults in {} environments", runs.len()));
    let say = |(scenario, fault, problem): &(Scenario, Option<Fault>, String)| {
        let fault = fault.as_ref().map(ToString::to_string).unwrap_or_default();
        progress.say(&format!("{scenario:?} FAULT='{fault}': {problem}"));
    };
    let running = runs.iter().map(|run| async {
        let outcome = run_with_follow_ups(&shared, run, expected(run.made.0)).await;
        outcome.problem.iter().for_each(say);
        progress.ended();
        outcome
    });
    let outcomes: Vec<_> = stream::iter(running).buffer_unordered(AT_ONCE).collect().await;
    let mut problems = Vec::new();
    for outcome in outcomes {
        problems.extend(outcome.problem);
        for (scenario, fault) in outcome.not_met {
            progress.say(&format!("{scenario:?} FAULT='{fault}' was not met, and is run again"));
            let problem = meet_again(&shared, (scenario, fault), expected(scenario)).await;
            problem.iter().for_each(say);
            problems.extend(problem);
        }
    }
    let faults: Vec<_> = problems.iter().map(|(scenario, fault, _)| (scenario, fault)).collect();
    assert!(problems.is_empty(), "not survived: {faults:?}");
}
