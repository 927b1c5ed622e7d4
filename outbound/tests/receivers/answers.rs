//! What is sent, and what is made of what comes back.

use http::{
    HeaderMap, HeaderValue, Method, StatusCode,
    header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, RETRY_AFTER, TRANSFER_ENCODING},
};
use outbound::{answer::Answer, client::Call, error::CallError, limits::Limits};

use crate::{
    names::{Names, Says, local},
    receiver::{Receiver, Script, post},
};

/// What comes of a POST to a receiver.
async fn answer_of(receiver: &Receiver) -> Result<Answer, CallError> {
    let target = local(&format!("http://receiver.example:{}/hook", receiver.port()));
    Names::loopback().client(Limits::default()).send(post(&target)).await
}

/// What comes of a POST that is answered with this text.
async fn answered(text: &str) -> Result<Answer, CallError> {
    answer_of(&Receiver::saying(text).await).await
}

#[tokio::test]
async fn a_call_arrives_as_it_was_made_and_what_is_the_clients_is_the_clients() {
    let receiver = Receiver::saying("HTTP/1.1 204 No Content\r\nX-Seen: yes\r\n\r\n").await;
    let target = local(&format!("http://receiver.example:{}/hook?shop=a%20b", receiver.port()));
    let headers = HeaderMap::from_iter([
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (HOST, HeaderValue::from_static("other.example")),
        (CONNECTION, HeaderValue::from_static("keep-alive")),
        (CONTENT_LENGTH, HeaderValue::from_static("1")),
        (TRANSFER_ENCODING, HeaderValue::from_static("chunked")),
    ]);
    let call = Call { method: Method::POST, target: &target, headers, body: b"{\"a\":1}".to_vec() };
    let answer = Names::loopback().client(Limits::default()).send(call).await.unwrap();
    assert_eq!((answer.status, answer.headers["x-seen"].to_str().unwrap()), (StatusCode::NO_CONTENT, "yes"));
    let requests = receiver.requests();
    let [request] = &requests[..] else { panic!("{requests:?}") };
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let mut lines: Vec<_> = head.lines().collect();
    lines[1..].sort_unstable();
    let host = format!("host: receiver.example:{}", receiver.port());
    assert_eq!(
        lines,
        [
            "POST /hook?shop=a%20b HTTP/1.1",
            "connection: close",
            "content-length: 7",
            "content-type: application/json",
            &host
        ]
    );
    assert_eq!(body, "{\"a\":1}");
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_nobody_goes_there() {
    let elsewhere = Receiver::saying("HTTP/1.1 200 OK\r\n\r\n").await;
    for status in [301, 302, 303, 307, 308] {
        let location = format!("http://127.0.0.1:{}/", elsewhere.port());
        let answer =
            answered(&format!("HTTP/1.1 {status} Moved\r\nLocation: {location}\r\n\r\n")).await.unwrap();
        assert_eq!(answer.status.as_u16(), status);
        assert_eq!(answer.headers["location"], location);
    }
    assert_eq!(elsewhere.connections().await, 0);
}

#[tokio::test]
async fn a_refusal_is_an_answer_with_all_that_it_says() {
    let gone = answered("HTTP/1.1 410 Gone\r\nContent-Length: 4\r\n\r\ngone").await.unwrap();
    assert_eq!((gone.status, gone.excerpt(1024).as_str(), gone.is_cut), (StatusCode::GONE, "gone", false));
    let later = answered("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 120\r\n\r\n").await.unwrap();
    assert_eq!(
        (later.status, &later.headers[RETRY_AFTER]),
        (StatusCode::TOO_MANY_REQUESTS, &HeaderValue::from_static("120"))
    );
}

#[tokio::test]
async fn of_ten_megabytes_the_first_64_kilobytes_are_read() {
    let mut bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 10485760\r\n\r\n".to_vec();
    bytes.extend(vec![b'x'; 10 * 1024 * 1024]);
    let answer = answer_of(&Receiver::plain(Script::Answer(bytes)).await).await.unwrap();
    assert_eq!((answer.status, answer.body.len(), answer.is_cut), (StatusCode::OK, 64 * 1024, true));
    assert_eq!(answer.excerpt(1024).len(), 1024);
}

#[tokio::test]
async fn a_body_of_64_kilobytes_is_read_whole_however_it_is_framed() {
    let body = "x".repeat(64 * 1024);
    for head in ["Content-Length: 65536\r\n\r\n", "\r\n", "Transfer-Encoding: chunked\r\n\r\n10000\r\n"] {
        let end = if head.contains("chunked") { "\r\n0\r\nTrailer: yes\r\n\r\n" } else { "" };
        let answer = answered(&format!("HTTP/1.1 200 OK\r\n{head}{body}{end}")).await.unwrap();
        assert_eq!((answer.body.len(), answer.is_cut), (64 * 1024, false), "{head}");
    }
}

#[tokio::test]
async fn what_is_said_before_the_answer_is_not_the_answer() {
    let answer = answered("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 202 Accepted\r\n\r\n")
        .await
        .unwrap();
    assert_eq!(answer.status, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn what_is_no_whole_answer_is_an_error() {
    for text in [
        "",
        "SSH-2.0-OpenSSH_9.6\r\n",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbroken off",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    ] {
        let answer = answered(text).await;
        assert!(matches!(answer, Err(CallError::Http(_))), "{text:?}: {answer:?}");
    }
}

#[tokio::test]
async fn a_head_has_an_end() {
    let long = "x".repeat(100 * 1024);
    let one = format!("HTTP/1.1 200 OK\r\nX-Long: {long}\r\n\r\n");
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X-Short: x\r\n".repeat(1000));
    for text in [one, many] {
        let answer = answered(&text).await;
        assert!(matches!(answer, Err(CallError::Http(_))), "{answer:?}");
    }
}

#[tokio::test]
async fn nothing_of_one_call_is_left_for_the_next() {
    let text = "HTTP/1.1 200 OK\r\nSet-Cookie: who=ada; Path=/\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n";
    let receiver = Receiver::saying(text).await;
    let target = local(&format!("http://receiver.example:{}/", receiver.port()));
    let names = Names::new([Says::Addresses(&["127.0.0.1"]), Says::Addresses(&["127.0.0.1"])]);
    let client = names.client(Limits::default());
    for _ in 0..2 {
        client.send(post(&target)).await.unwrap();
    }
    let requests = receiver.requests();
    assert_eq!(requests.len(), 2);
    assert!(requests.iter().all(|request| !request.to_lowercase().contains("cookie")), "{requests:?}");
    assert_eq!((receiver.connections().await, names.left()), (2, 0));
}
