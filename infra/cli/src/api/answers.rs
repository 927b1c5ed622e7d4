//! What the API answers: made from its description when this command is built (`build.rs`).

include!(concat!(env!("OUT_DIR"), "/answers.rs"));
