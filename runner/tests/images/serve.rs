//! `serve`, with a stand-in for Apache that says how it was started.

use std::collections::BTreeMap;

use crate::container::Container;

/// How many requests the shop takes at once, where the memory limit is found in `file`.
fn workers(file: &str, limit: &str) -> u32 {
    let mut container = Container::new(BTreeMap::new());
    container.write(&format!("cgroup/{file}"), limit);
    container.set("SITE_URL", "https://my-test-shop.example.com");
    container.set("CGROUP_ROOT", container.path("cgroup").to_str().unwrap());
    container.set("APACHE_RUN_DIR", container.path("run").to_str().unwrap());
    container.write("run/apache2.pid", "1");
    container.install(
        "apache2",
        "#!/bin/sh\necho \"$MAX_REQUEST_WORKERS\" >\"$STATE/workers\"\n[ ! -e \"$APACHE_PID_FILE\" ]\n",
    );
    let end = container.run("serve", &[]);
    assert_eq!(end.code, Some(0), "the process number of an earlier start is in the way: {}", end.said);
    container.read("workers").trim().parse().unwrap()
}

#[test]
fn the_memory_limit_says_how_many_requests_are_served_at_once() {
    assert_eq!(workers("memory.max", "536870912"), 5, "512 MiB");
    assert_eq!(workers("memory.max", "1073741824"), 12, "1 GiB");
    assert_eq!(workers("memory/memory.limit_in_bytes", "536870912"), 5, "cgroup v1");
}

#[test]
fn without_a_limit_there_are_as_many_as_apache_has_by_default() {
    assert_eq!(workers("memory.max", "max"), 150);
    assert_eq!(workers("memory/memory.limit_in_bytes", "9223372036854771712"), 150);
    assert_eq!(workers("elsewhere", ""), 150);
}

#[test]
fn a_small_limit_leaves_one_for_visitors_beside_the_probes() {
    assert_eq!(workers("memory.max", "67108864"), 2);
}

/// What Apache is told of the shop's address, with SITE_URL being `url`.
fn address(url: &str) -> Option<String> {
    let mut container = Container::new(BTreeMap::new());
    container.set("SITE_URL", url);
    container.set("APACHE_RUN_DIR", container.path("run").to_str().unwrap());
    container.install("apache2", "#!/bin/sh\necho \"$SITE_ADDRESS\" >\"$STATE/address\"\n");
    let end = container.run("serve", &[]);
    (end.code == Some(0)).then(|| container.read("address").trim().to_owned())
}

#[test]
fn apache_gets_the_address_that_visitors_see() {
    let unchanged = ["https://shop.example.com", "http://shop.example.com:8088", "http://[::1]:8080"];
    for url in unchanged {
        assert_eq!(address(url).as_deref(), Some(url));
    }
    assert_eq!(address("https://shop.example.com/").as_deref(), Some("https://shop.example.com"));
    for wrong in ["", "shop.example.com", "ftp://shop.example.com", "https://a b"] {
        assert_eq!(address(wrong), None, "{wrong}");
    }
}

/// What Apache is started with, and whose word about visitors' addresses it takes.
fn started(environment: &[(&str, &str)]) -> (String, String) {
    let mut container = Container::new(BTreeMap::new());
    container.set("SITE_URL", "http://shop.example.com");
    container.set("APACHE_RUN_DIR", container.path("run").to_str().unwrap());
    for (name, value) in environment {
        container.set(name, *value);
    }
    let script =
        "#!/bin/sh\necho \"$*\" >\"$STATE/arguments\"\necho \"$PROXY_ADDRESSES\" >\"$STATE/proxies\"\n";
    container.install("apache2", script);
    assert_eq!(container.run("serve", &[]).code, Some(0));
    (container.read("arguments").trim().to_owned(), container.read("proxies").trim().to_owned())
}

#[test]
fn apache_gets_what_was_asked_for() {
    assert_eq!(started(&[]).0, "-DFOREGROUND");
    assert_eq!(started(&[("WORDPRESS_XMLRPC", "false")]).0, "-DFOREGROUND");
    assert_eq!(started(&[("WORDPRESS_XMLRPC", "true")]).0, "-DFOREGROUND -DXMLRPC");
    assert_eq!(started(&[("WORDPRESS_DISABLE_CRON", "true")]).0, "-DFOREGROUND -DSCHEDULED");
    assert_eq!(started(&[("SITE_URL", "https://shop.example.com")]).0, "-DFOREGROUND -DTLS");
}

#[test]
fn an_address_of_the_internet_is_no_proxy_unless_it_is_named() {
    let usual = started(&[]).1;
    assert!(usual.contains("10.0.0.0/8") && usual.contains("fc00::/7"), "{usual}");
    assert_eq!(started(&[("PROXY_ADDRESSES", "10.42.0.0/16 192.0.2.7")]).1, "10.42.0.0/16 192.0.2.7");
}
