//! How the image's scripts end: all containers of one image are asked by one signal, and a process of number 1 ends by
//! none that it has not said it does.

use std::{fs, path::Path};

#[test]
fn each_script_that_ends_by_a_signal_ends_by_that_of_the_image() {
    let store = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/images/store");
    let dockerfile = fs::read_to_string(store.join("Dockerfile")).unwrap();
    let signal = dockerfile.lines().find_map(|line| line.strip_prefix("STOPSIGNAL SIG")).unwrap();
    let mut traps = 0;
    for folder in [store.clone(), store.join("lib")] {
        for script in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let Some(text) = fs::read_to_string(&script).ok().filter(|text| text.contains("bash")) else {
                continue;
            };
            for trap in text.lines().filter(|line| line.starts_with("trap ") && line.contains(" TERM")) {
                traps += 1;
                let ends = trap.split(' ').any(|word| word == signal);
                assert!(ends, "{}: `{trap}` is not for {signal}", script.display());
            }
        }
    }
    assert_eq!(traps, 3, "schedule, await-setup, and the steps of setup and upgrade");
}
