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
        Story::Teardown | Story::Restart | Story::ResetPassword | Story::Reveal => {
            let store = world.prologue(Story::Provisioning).await;
            world.play(Story::Provisioning, &store, None, None).await.unwrap();
            world.sequel(story, &store).await;
            store
        }
        Story::Provisioning | Story::LostJob | Story::Conflict | Story::Refusal => {
            world.prologue(story).await
        }
    };
    let calls = world.play(story, &store, None, None).await.unwrap();
    let form = world.portrait(&store).await.form();
    world.end(&store).await;
    Clean { calls, form: Some(form).filter(|form| !form.is_empty()) }
}

/// The calls that each play of `story` makes without a fault: those of two plays. A machine that is busy can
/// add some to one of them, such as a lease that is given back because the table answered late, and a
/// fault at such a call would be met only by chance.
async fn calls_of(stage: &Stage, story: Story) -> Vec<(Purpose, usize)> {
    let (first, second) = (clean(stage, story).await.calls, clean(stage, story).await.calls);
    let in_both = |(purpose, times): (Purpose, usize)| {
        let (_, again) = second.iter().find(|(other, _)| *other == purpose)?;
        Some((purpose, times.min(*again)))
    };
    first.into_iter().filter_map(in_both).collect()
}

/// One world: a store that is made, with a fault, and what comes after that as long as there are faults.
struct Life {
    made: (Story, Option<Fault>),
    sequels: Vec<(Story, Fault)>,
}

/// Lives one life, and returns what went wrong in it.
async fn live(stage: &Stage, life: &Life, form: &Form) -> Option<(Story, Option<Fault>, String)> {
    let world = World::new(stage).await;
    let (story, fault) = &life.made;
    let store = world.prologue(*story).await;
    let mut problem = world
        .play(*story, &store, fault.as_ref(), Some(form))
        .await
        .err()
        .map(|problem| (*story, fault.clone(), problem));
    for (story, fault) in &life.sequels {
        if problem.is_some() {
            break;
        }
        world.sequel(*story, &store).await;
        let played = world.play(*story, &store, Some(fault), Some(form)).await;
        problem = played.err().map(|problem| (*story, Some(fault.clone()), problem));
    }
    world.end(&store).await;
    problem
}

/// All lives: a fault of a sequel needs a store that was made, which is a story by itself.
fn lives(made: Vec<(Story, Fault)>, sequels: [(Story, Vec<Fault>); 4]) -> Vec<Life> {
    let mut left = sequels.map(|(story, faults)| (story, faults.into_iter()));
    let mut sequels = || {
        let next = left.iter_mut().filter_map(|(story, faults)| Some((*story, faults.next()?)));
        next.collect::<Vec<_>>()
    };
    let mut lives: Vec<_> = made
        .into_iter()
        .map(|(story, fault)| Life {
            sequels: if story == Story::Provisioning { sequels() } else { Vec::new() },
            made: (story, Some(fault)),
        })
        .collect();
    loop {
        let left = sequels();
        if left.is_empty() {
            return lives;
        }
        lives.push(Life { made: (Story::Provisioning, None), sequels: left });
    }
}

/// Whether faults of this story are to be played: `STORY=Reveal` plays those of one alone.
fn is_told(story: Story) -> bool {
    env::var("STORY").ok().filter(|text| !text.is_empty()).is_none_or(|text| text == format!("{story:?}"))
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
    let made_by = [Story::LostJob, Story::Provisioning, Story::Conflict, Story::Refusal];
    for story in made_by.into_iter().filter(|story| is_told(*story)) {
        let calls = calls_of(&stage, story).await;
        let faults =
            story.faults(&calls, every_way).into_iter().filter(is_wanted).map(|fault| (story, fault));
        made.extend(faults);
    }
    let provisioning = clean(&stage, Story::Provisioning).await;
    let form = provisioning.form.unwrap();
    // The last one takes the store away.
    let mut sequels = [Story::Reveal, Story::ResetPassword, Story::Restart, Story::Teardown]
        .map(|story| (story, Vec::new()));
    for (story, faults) in sequels.iter_mut().filter(|(story, _)| is_told(*story)) {
        let calls = calls_of(&stage, *story).await;
        faults.extend(story.faults(&calls, every_way).into_iter().filter(is_wanted));
    }
    let count = made.len() + sequels.iter().map(|(_, faults)| faults.len()).sum::<usize>();
    let lives = lives(made, sequels);
    let is_whole = ["FAULT", "STORY"].iter().all(|name| env::var(name).unwrap_or_default().is_empty());
    assert!(!is_whole || count > 300, "{count} faults are too few for whole stories");
    let progress = Progress::of(lives.len(), "worlds");
    progress.say(&format!("{count} faults in {} worlds", lives.len()));
    let plays = lives.iter().map(|life| async {
        let problem = live(&stage, life, &form).await;
        if let Some((story, fault, problem)) = &problem {
            let fault = fault.as_ref().map(ToString::to_string).unwrap_or_default();
            progress.say(&format!("{story:?} FAULT='{fault}': {problem}"));
        }
        progress.ended();
        problem
    });
    let problems: Vec<_> =
        stream::iter(plays).buffer_unordered(AT_ONCE).filter_map(std::future::ready).collect().await;
    let faults: Vec<_> = problems.iter().map(|(story, fault, _)| (story, fault)).collect();
    assert!(problems.is_empty(), "not survived: {faults:?}");
}
