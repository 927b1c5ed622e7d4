//! The containers of a trial, as `infra/images/trial/shop.sh` has made them.

use std::{
    env, fs,
    io::Write as _,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
};

/// Where visitors find the shop. Nothing of it but its name is real.
pub(crate) const SITE_URL: &str = "https://my-test-shop.example.com";
pub(crate) const PASSWORD: &str = "a 'quoted' \\ password";
const SALTS: [&str; 4] = ["AUTH", "SECURE_AUTH", "LOGGED_IN", "NONCE"];

/// Where the containers and their database are.
pub(crate) struct Trial {
    folder: PathBuf,
}

impl Trial {
    /// Says why there is none, where there is none.
    pub(crate) fn find() -> Option<Self> {
        let Some(folder) = env::var_os("SHOP_TRIAL") else {
            println!("skipped: make test-shop runs this, as root on Debian");
            return None;
        };
        Some(Self { folder: folder.into() })
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A program in a container, as its user, with the environment of the shop and its Job.
    pub(crate) fn command(&self, container: &str, database: &str, program: &str) -> Command {
        let mut command = Command::new("chroot");
        command
            .arg("--userspec=33:33")
            .arg(self.folder.join(container))
            .arg("/usr/bin/env")
            .arg("--chdir=/var/www/html");
        command
            .arg(program)
            .env_clear()
            .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
            .env("HOME", "/tmp")
            .env("WORDPRESS_DB_HOST", "127.0.0.1")
            .env("WORDPRESS_DB_NAME", database)
            .env("WORDPRESS_DB_USER", "shop")
            .env("WORDPRESS_DB_PASSWORD", "shop")
            .env("SITE_URL", SITE_URL)
            .env("SITE_TITLE", "My Test Shop")
            .env("ADMIN_USER", "admin")
            .env("ADMIN_EMAIL", "merchant@example.com")
            .env("ADMIN_PASSWORD", PASSWORD)
            .env("DATABASE_WAIT_SECONDS", "20");
        for name in SALTS {
            command.env(format!("WORDPRESS_{name}_KEY"), format!("key {name}"));
            command.env(format!("WORDPRESS_{name}_SALT"), format!("salt {name}"));
        }
        command
    }

    /// An empty database of this name.
    pub(crate) fn database(&self, name: &str) {
        self.sql(&format!("DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name} CHARACTER SET utf8mb4"));
    }

    /// What the server answers, a line for each row.
    pub(crate) fn sql(&self, statement: &str) -> String {
        let output = Command::new("chroot")
            .arg(self.folder.join("db"))
            .args(["mariadb", "--no-defaults", "--socket=/mnt/socket", "--user=root", "--skip-column-names"])
            .args(["--execute", statement])
            .output()
            .unwrap();
        assert!(output.status.success(), "{statement}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs the Job's script to its end.
    pub(crate) fn set_up(&self, database: &str, more: &[(&str, &str)]) -> Output {
        let mut command = self.command("job", database, "setup");
        command.envs(more.iter().copied()).output().unwrap()
    }

    /// A shop that is set up, in a database of its own.
    pub(crate) fn install(&self, database: &str) {
        self.database(database);
        assert_ok(&self.set_up(database, &[]));
    }

    /// A shop that is set up and served, on port 8080 of this network namespace.
    pub(crate) fn serve(&self, database: &str) -> Served {
        self.install(database);
        // A pod begins with nothing that an earlier one left behind.
        self.php(database, "array_map('unlink', glob(sys_get_temp_dir() . '/shopwright-failure'));");
        self.serve_with(database, &[])
    }

    /// The same for a shop that is set up already, with more in its environment.
    pub(crate) fn serve_with(&self, database: &str, more: &[(&str, &str)]) -> Served {
        let log = fs::File::create(self.path("serve.log")).unwrap();
        std::os::unix::fs::fchown(&log, Some(33), Some(33)).unwrap();
        let mut apache = self.command("shop", database, "serve");
        apache
            .envs(more.iter().copied())
            .env("APACHE_RUN_DIR", "/tmp")
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        let served = Served(apache.spawn().unwrap());
        let tries = ["--retry", "50", "--retry-delay", "1", "--retry-all-errors", "--retry-max-time", "60"];
        let (code, _) = curl("/ready.php", &tries);
        assert_eq!(code, "200", "{}", fs::read_to_string(self.path("serve.log")).unwrap());
        served
    }

    /// What a piece of PHP prints in the shop's WordPress.
    pub(crate) fn php(&self, database: &str, code: &str) -> String {
        self.php_with(database, &[], code)
    }

    /// The same, with more in the shop's environment.
    pub(crate) fn php_with(&self, database: &str, more: &[(&str, &str)], code: &str) -> String {
        let mut command = self.command("shop", database, "wp");
        command.envs(more.iter().copied());
        command.args(["eval-file", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(format!("<?php {code}").as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_ok(&output);
        String::from_utf8(output.stdout).unwrap()
    }

    /// Puts a file on the shop's volume, as a merchant's plugin would.
    pub(crate) fn put(&self, name: &str, text: &str) {
        let path = self.path("volume/wp-content").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// Apache, ended with this value.
pub(crate) struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        // By a signal that it hands on: the next one needs the port at once, and a worker would go on for a while.
        let _ended_already = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        self.0.wait().unwrap();
    }
}

pub(crate) fn assert_ok(output: &Output) {
    let said = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    assert!(output.status.success(), "{}: {}", output.status, String::from_utf8_lossy(&said));
}

/// What a visitor behind the ingress controller gets: the status, and headers with the body.
pub(crate) fn curl(path: &str, arguments: &[&str]) -> (String, String) {
    let host = SITE_URL.trim_start_matches("https://");
    let mut command = Command::new("curl");
    command.args(["--silent", "--include", "--max-time", "60", "--header", &format!("Host: {host}")]);
    if !arguments.iter().any(|argument| argument.starts_with("X-Forwarded-Proto")) {
        command.args(["--header", "X-Forwarded-Proto: https"]);
    }
    let output = command.args(arguments).arg(format!("http://127.0.0.1:8080{path}")).output().unwrap();
    let page = String::from_utf8_lossy(&output.stdout).into_owned();
    let code = page.split_whitespace().nth(1).unwrap_or_default().to_owned();
    (code, page)
}
