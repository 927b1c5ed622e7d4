//! What the environment says of proxies and root certificates: the client is made in a process of its own.

use std::{env, fs};

use outbound::{client::Client, limits::Limits, tls::Trust};
use tokio::process::Command;

use crate::{
    authority::Authority,
    names::local,
    receiver::{Receiver, Script, post},
};

/// Names what the child process calls.
const URL: &str = "OUTBOUND_TEST_URL";

#[tokio::test]
async fn the_systems_root_certificates_count_and_its_proxies_do_not() {
    if let Ok(url) = env::var(URL) {
        // This is the child.
        let client = Client::new(Trust::in_system().unwrap(), Limits::default());
        assert_eq!(client.send(post(&local(&url))).await.unwrap().status, 200);
        return;
    }
    let authority = Authority::new();
    let answer = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    let receiver = Receiver::encrypted(Script::Answer(answer), authority.server("localhost")).await;
    let proxy = Receiver::saying("HTTP/1.1 200 OK\r\n\r\n").await;
    let folder = env::temp_dir().join(format!("outbound-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let roots = folder.join("roots.pem");
    fs::write(&roots, authority.pem()).unwrap();
    let mut child = Command::new(env::current_exe().unwrap());
    child
        .args(["--exact", "environment::the_systems_root_certificates_count_and_its_proxies_do_not"])
        .env(URL, format!("https://localhost:{}/", receiver.port()))
        .env("SSL_CERT_FILE", &roots)
        .env_remove("SSL_CERT_DIR");
    for name in ["http_proxy", "https_proxy", "all_proxy"] {
        let url = format!("http://127.0.0.1:{}", proxy.port());
        child.env(name, &url).env(name.to_uppercase(), url).env("no_proxy", "").env("NO_PROXY", "");
    }
    let output = child.output().await.unwrap();
    fs::remove_dir_all(folder).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!((receiver.requests().len(), proxy.connections().await), (1, 0));
}
