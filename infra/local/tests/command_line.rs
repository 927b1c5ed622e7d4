//! `local-stack` and the Makefile around it, as whoever calls them meets them.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    env,
    ffi::OsStr,
    fs::{self, File},
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

const LOCAL_STACK: &str = env!("CARGO_BIN_EXE_local-stack");

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// A folder of the operating system's for temporary files, which goes with this value.
struct Folder(PathBuf);

impl Folder {
    fn new(name: impl AsRef<OsStr>) -> Self {
        let place = env::temp_dir().join(format!("local-stack-test-{}", std::process::id()));
        let folder = place.join(name.as_ref());
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_status_that_nobody_reads_is_a_quiet_end_and_on_a_full_disk_an_error() {
    let checkout = Folder::new("status");
    fs::create_dir_all(checkout.0.join("infra/local/parts")).unwrap();
    let status = |output: Stdio| {
        let mut command = Command::new(LOCAL_STACK);
        command.arg("status").arg("--root").arg(&checkout.0).stdout(output).stderr(Stdio::piped());
        command.spawn().unwrap().wait_with_output().unwrap()
    };
    let (reader, closed) = std::io::pipe().unwrap();
    drop(reader);
    // 3 says that the stack is not up.
    let output = status(closed.into());
    assert_eq!((output.status.code(), output.stderr.len()), (Some(3), 0), "{output:?}");
    let output = status(File::options().write(true).open("/dev/full").unwrap().into());
    let printed = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.code() == Some(1) && printed.contains("standard output can't be written"),
        "{printed}"
    );
}

#[test]
fn a_checkout_whose_path_no_search_path_can_hold_is_refused_by_name() {
    for name in ["a:b", "a\nb"] {
        let checkout = Folder::new(name);
        fs::create_dir_all(checkout.0.join("infra/local/parts")).unwrap();
        let output = Command::new(LOCAL_STACK).arg("status").arg("--root").arg(&checkout.0).output().unwrap();
        let printed = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(1) && printed.contains("colon"), "{printed}");
    }
}

/// The files of the repository in another folder, with the programs that are built here, so that nothing is
/// compiled twice.
fn copy_into(checkout: &Path) {
    let files = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(repository())
        .output()
        .unwrap();
    for file in String::from_utf8(files.stdout).unwrap().split_terminator('\0') {
        let (from, to) = (repository().join(file), checkout.join(file));
        // One that was removed, and that git still has.
        if from.is_file() {
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(from, to).unwrap();
        }
    }
    if !checkout.join(".tools").exists() {
        symlink(repository().join(".tools"), checkout.join(".tools")).unwrap();
    }
    let built = checkout.join("target/debug");
    fs::create_dir_all(&built).unwrap();
    for program in ["local-stack", "commands", "queries", "dashboard", "runner", "shopwright"] {
        let from = Path::new(LOCAL_STACK).with_file_name(program);
        symlink(&from, built.join(program)).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
    }
}

/// A `cargo` that builds nothing, since all is there; else it is cargo. An `npm` that does nothing, for the same reason.
/// Their folder goes in front of `PATH`.
fn cargo_that_builds_nothing(checkout: &Path) -> String {
    let folder = checkout.join("fake cargo");
    fs::create_dir_all(&folder).unwrap();
    let cargo = env!("CARGO");
    let script = format!("#!/bin/sh\n[ \"$1\" = build ] || exec '{cargo}' \"$@\"\n");
    for (name, script) in [("cargo", script.as_str()), ("npm", "#!/bin/sh\n")] {
        fs::write(folder.join(name), script).unwrap();
        fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o755)).unwrap();
    }
    format!("{}:{}", folder.display(), env::var("PATH").unwrap())
}

/// `make`, as a person calls it there: with nothing of the stack around this test.
fn make(checkout: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new("make");
    for variable in ["KUBECONFIG", "CLUSTER", "CARGO_TARGET_DIR", "MAKEFLAGS", "MAKELEVEL", "STORE_DOMAIN"] {
        command.env_remove(variable);
    }
    command
        .args(arguments)
        .current_dir(checkout)
        .env("PATH", cargo_that_builds_nothing(checkout))
        .env("SHOPWRIGHT_BASE_PORT", free_ports().to_string())
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// The first of ten ports that nobody listens on, away from those of other stacks.
fn free_ports() -> u16 {
    let free = |port| std::net::TcpListener::bind(("127.0.0.1", port)).is_ok();
    let mut bases = (12_000..20_000).step_by(10).skip(std::process::id() as usize % 700);
    bases.find(|base| (*base..base + 10).all(free)).unwrap()
}

/// What a shell, make or a configuration file could take for something else than a letter.
const ODD: &str = "a, Ada's \"shop\" $(HOME) $HOME `id` & café (1), #2; 100% \\x * ? [a] {b} !";

#[test]
#[ignore = "needs the local stack: make test"]
fn a_stack_comes_up_in_a_folder_of_any_name_and_goes_again() {
    let checkout = Folder::new(format!("{ODD} up"));
    copy_into(&checkout.0);
    let printed = |output: &Output| {
        let text = [&output.stdout[..], &output.stderr].concat();
        String::from_utf8_lossy(&text).into_owned()
    };
    let down = make(&checkout.0, &["status"]);
    assert!(printed(&down).contains("\ndown\n"), "{}", printed(&down));

    let demo = make(&checkout.0, &["demo"]);
    let status = make(&checkout.0, &["status"]);
    // What failed must not leave anything running.
    let stopped = make(&checkout.0, &["down"]);
    assert!(demo.status.success(), "{}", printed(&demo));
    assert!(printed(&demo).contains("Status     Ready"), "{}", printed(&demo));
    assert!(status.status.success() && printed(&status).contains("\nup\n"), "{}", printed(&status));
    assert!(stopped.status.success() && printed(&stopped).contains("down after"), "{}", printed(&stopped));
}

#[test]
fn what_make_runs_takes_the_folder_for_one_word() {
    let checkout = Folder::new(ODD);
    copy_into(&checkout.0);
    let here = checkout.0.canonicalize().unwrap();
    let lines = "kills faults soak mutants bench bench-health contract emulate test up demo sam-build lint";
    let printed = make(&checkout.0, &[&["--dry-run"], &lines.split(' ').collect::<Vec<_>>()[..]].concat());
    assert!(printed.status.success(), "{printed:?}");
    let printed = String::from_utf8(printed.stdout).unwrap();
    let mut named = 0;
    for line in printed.lines().filter(|line| line.contains("a, Ada")) {
        // Split into words as by a shell, which would also run what is not quoted.
        let split = "import shlex, sys; print('\\0'.join(shlex.split(sys.argv[1])))";
        let line = line.replace("PATH=", "");
        let words = Command::new("python3").args(["-c", split, &line]).output().unwrap();
        assert!(words.status.success(), "{line}: {words:?}");
        let words = String::from_utf8(words.stdout).unwrap();
        let whole = words.split('\0').filter(|word| word.starts_with(here.to_str().unwrap())).count();
        assert!(whole > 0, "{line}");
        named += 1;
    }
    assert!(named >= 12, "{named} lines: {printed}");
}
