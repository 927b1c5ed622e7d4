//! Whole stories with one fault each: every call, every way.

use std::env;

use futures_util::{StreamExt as _, stream};

use crate::{
    PARTS,
    call::Purpose,
    fault::Fault,
    progress::Progress,
    story::{Form, Story},
    world::{Stage, World},
};

/// How many worlds there are at the same time. Most of a case is waiting.
const AT_ONCE: usize = 10;

/// What no fault changes.
pub(crate) struct Clean {
    calls: Vec<(Purpose, usize)>,
    pub(crate) form: Option<Form>,
}

/// Plays `story` without a fault.
pub(crate) async fn clean(stage: &Stage, story: Story) -> Clean {
    let world = World::new(stage).await;
    let store = match story {
        Story::Teardown => {
            let store = world.prologue(Story::Provisioning).await;
            world.play(Story::Provisioning, &store, None, None).await.unwrap();
            world.kill_all();
            world.request_deletion(&store).await;
            store
        }
        Story::Provisioning | Story::LostJob | Story::Conflict => world.prologue(story).await,
    };
    let calls = world.play(story, &store, None, None).await.unwrap();
    let form = world.portrait(&store).await.form();
    world.end(&store).await;
    Clean { calls, form: Some(form).filter(|form| !form.is_empty()) }
}

/// One world: a provisioning with a fault, and where there is one left, a teardown with a fault.
struct Life {
    made: (Story, Option<Fault>),
    taken_away: Option<Fault>,
}

/// Lives one life, and returns what went wrong in it.
async fn live(stage: &Stage, life: &Life, form: &Form) -> Vec<(Story, Option<Fault>, String)> {
    let world = World::new(stage).await;
    let (story, fault) = &life.made;
    let mut store = world.prologue(*story).await;
    let mut problems = Vec::new();
    if let Err(problem) = world.play(*story, &store, fault.as_ref(), Some(form)).await {
        problems.push((*story, fault.clone(), problem));
    } else if let Some(fault) = &life.taken_away {
        world.kill_all();
        world.request_deletion(&store).await;
        if let Err(problem) = world.play(Story::Teardown, &store, Some(fault), Some(form)).await {
            problems.push((Story::Teardown, Some(fault.clone()), problem));
        }
        store = world.read(&store).await;
    }
    world.end(&store).await;
    problems
}

/// All lives: a fault of a teardown needs a store that was made, which is a story by itself.
fn lives(made: Vec<(Story, Fault)>, taken_away: Vec<Fault>) -> Vec<Life> {
    let mut taken_away = taken_away.into_iter();
    let mut lives: Vec<_> = made
        .into_iter()
        .map(|(story, fault)| Life {
            taken_away: if story == Story::Provisioning { taken_away.next() } else { None },
            made: (story, Some(fault)),
        })
        .collect();
    lives.extend(taken_away.map(|fault| Life { made: (Story::Provisioning, None), taken_away: Some(fault) }));
    lives
}

/// Whether this fault is to be played: `FAULT="commit 3:KillAfter"` plays one alone, on every story
/// that has it.
fn is_wanted(fault: &Fault) -> bool {
    let wanted: Option<Fault> =
        env::var("FAULT").ok().filter(|text| !text.is_empty()).map(|text| text.parse().unwrap());
    wanted.is_none_or(|wanted| wanted == *fault)
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn every_story_survives_a_fault_at_every_call() {
    let _with_others = PARTS.read().await;
    let stage = Stage::new().await;
    let every_way = env::var_os("EVERY_WAY").is_some() || env::var_os("FAULT").is_some();
    let mut made = Vec::new();
    // The longest first: a sweep that is lost half-way is made up for only a minute later.
    for story in [Story::LostJob, Story::Provisioning, Story::Conflict] {
        let clean = clean(&stage, story).await;
        let faults =
            story.faults(&clean.calls, every_way).into_iter().filter(is_wanted).map(|fault| (story, fault));
        made.extend(faults);
    }
    let provisioning = clean(&stage, Story::Provisioning).await;
    let teardown = clean(&stage, Story::Teardown).await;
    let form = provisioning.form.unwrap();
    let taken_away: Vec<_> =
        Story::Teardown.faults(&teardown.calls, every_way).into_iter().filter(is_wanted).collect();
    let count = made.len() + taken_away.len();
    let lives = lives(made, taken_away);
    assert!(env::var_os("FAULT").is_some() || count > 300, "{count} faults are too few for whole stories");
    let progress = Progress::of(lives.len(), "worlds");
    progress.say(&format!("{count} faults in {} worlds", lives.len()));
    let plays = lives.iter().map(|life| async {
        let problems = live(&stage, life, &form).await;
        for (story, fault, problem) in &problems {
            let fault = fault.as_ref().map(ToString::to_string).unwrap_or_default();
            progress.say(&format!("{story:?} FAULT='{fault}': {problem}"));
        }
        progress.ended();
        problems
    });
    let problems: Vec<_> = stream::iter(plays).buffer_unordered(AT_ONCE).concat().await;
    let faults: Vec<_> = problems.iter().map(|(story, fault, _)| (story, fault)).collect();
    assert!(problems.is_empty(), "not survived: {faults:?}");
}
