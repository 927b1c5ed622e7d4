//! Requests that no browser sends.

use super::Harness;

/// The status line of the answer to these lines.
async fn status(harness: &Harness, lines: &[&str]) -> String {
    let answer = harness.send(&format!("{}\r\nConnection: close\r\n\r\n", lines.join("\r\n"))).await;
    let (head, _) = answer.split_once("\r\n\r\n").unwrap();
    for line in head.lines() {
        assert!(!line.to_lowercase().starts_with("location"), "it never sends anybody elsewhere: {line}");
    }
    head.lines().next().unwrap().to_owned()
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_request_without_one_host_is_refused() {
    let harness = Harness::new().await;
    let store = harness.fixture.store().await;
    let host = format!("Host: {}.shops.test", store.id);
    let get = "GET / HTTP/1.1";
    let bad = "HTTP/1.1 400 Bad Request";
    for lines in [
        &[get][..],
        &[get, &host, &host],
        &[get, &host, "Host: other.shops.test"],
        &[get, "Host: a@shops.test"],
        &[get, "Host: a.shops.test:http"],
        &[get, "Host: ::1"],
        &[get, "Host: a.shops.test, b.shops.test"],
        &[get, "Host: <b>.shops.test"],
    ] {
        assert_eq!(status(&harness, lines).await, bad, "{lines:?}");
    }
    let unknown = "HTTP/1.1 404 Not Found";
    for host in ["Host:", "Host: :80", "Host: [::1]:80", "Host: shops.test.evil.test", "Host: %61.shops.test"]
    {
        assert_eq!(status(&harness, &[get, host]).await, unknown, "{host}");
    }
    let found = "HTTP/1.1 503 Service Unavailable";
    let absolute = format!("GET http://{}.SHOPS.test:80/path HTTP/1.1", store.id);
    assert_eq!(status(&harness, &[&absolute, "Host: other.shops.test"]).await, found);
    assert_eq!(status(&harness, &["GET / HTTP/1.0"]).await, "HTTP/1.0 404 Not Found");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn only_reading_is_possible_and_nothing_that_is_sent_is_read() {
    let harness = Harness::new().await;
    let store = harness.fixture.store().await;
    let host = format!("Host: {}.shops.test", store.id);
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"] {
        let line = format!("{method} / HTTP/1.1");
        let refused = status(&harness, &[&line, &host, "Content-Length: 0"]).await;
        assert_eq!(refused, "HTTP/1.1 405 Method Not Allowed", "{method}");
    }
    let connect = ["CONNECT other.test:443 HTTP/1.1", "Host: other.test:443"];
    assert_eq!(status(&harness, &connect).await, "HTTP/1.1 405 Method Not Allowed");
    // More than it would ever take: it answers before that has come.
    let endless = ["POST / HTTP/1.1", &host, "Content-Length: 9999999999"];
    assert_eq!(status(&harness, &endless).await, "HTTP/1.1 405 Method Not Allowed");
    let answer = harness.send(&format!("POST / HTTP/1.1\r\n{host}\r\nConnection: close\r\n\r\n")).await;
    assert!(answer.to_lowercase().contains("\r\nallow: get, head\r\n"), "{answer}");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_head_that_is_too_long_or_none_ends_the_connection_and_not_the_front() {
    let harness = Harness::new().await;
    let long = format!("X-Long: {}", "a".repeat(64 * 1024));
    let many: Vec<_> = (0..200).map(|number| format!("X-{number}: a")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    let too_large = "HTTP/1.1 431 Request Header Fields Too Large";
    assert_eq!(status(&harness, &["GET / HTTP/1.1", "Host: a.shops.test", &long]).await, too_large);
    let lines = [&["GET / HTTP/1.1", "Host: a.shops.test"], &many[..]].concat();
    assert_eq!(status(&harness, &lines).await, too_large);
    assert_eq!(status(&harness, &["\u{16}\u{3}\u{1} no HTTP at all"]).await, "HTTP/1.1 400 Bad Request");
    assert_eq!(status(&harness, &["GET / HTTP/1.1", "Host: a.shops.test"]).await, "HTTP/1.1 404 Not Found");
}
