//! Whether shops answer by https, as their visitors come: through whatever leads these to them, with its certificate. An
//! `Ingress` that nobody serves by https, or by a certificate that no browser takes, is seen by nothing else.

use std::{sync::Arc, time::Duration};

use domain::health::PageFailure;
use outbound::tls::Trust;
use tokio::time::{Instant, sleep};

use super::{
    request::{NoAnswer, get_https},
    text::first_line,
};
use crate::settings::StoreSettings;

/// What a shop of the store image answers by itself, and quickly: nothing else has it.
const PATH: &str = "/ready.php";
/// The port where a store's own host is asked.
const PORT: u16 = 443;
/// How long a store that is opened may take to be seen by https. Controllers serve it within a second.
const OPENS_WITHIN: Duration = Duration::from_secs(5);
/// How long from one look at a store that is opened to the next.
const PAUSE: Duration = Duration::from_millis(250);

/// What is seen of a shop by https.
#[derive(Debug)]
pub(crate) enum Sight {
    /// It answers.
    Answers,
    /// Something else does, or nobody whose certificate can be believed.
    Failed(PageFailure),
    /// Nobody takes the connection, which may be so from here alone.
    Unreachable(PageFailure),
}

/// Asks shops by https.
#[derive(Clone)]
pub struct HttpsCheck {
    trust: Arc<Trust>,
    /// Where all are asked; else each at its own host.
    address: Option<String>,
}

impl HttpsCheck {
    /// As `settings` want it, which may be not at all.
    #[must_use]
    pub fn of(settings: &StoreSettings) -> Option<Self> {
        if settings.scheme() != "https" || !settings.checks.is_asking() {
            return None;
        }
        match Trust::in_system() {
            Ok(trust) => Some(Self::new(trust, settings.checks.https_check_address.clone())),
            Err(error) => {
                tracing::warn!(%error, "no store is asked whether it answers by https");
                None
            }
        }
    }

    /// One that takes the certificates in `trust`, and asks at `address`, or else each shop at its own host.
    #[must_use]
    pub fn new(trust: Trust, address: Option<String>) -> Self {
        Self { trust: Arc::new(trust), address }
    }

    /// Asks the shop of `host` once.
    pub(crate) async fn look(&self, host: &str) -> Sight {
        let own = || if host.contains(':') { host.to_owned() } else { format!("{host}:{PORT}") };
        let address = self.address.clone().unwrap_or_else(own);
        let failure = |status, line: &str| PageFailure::new(&format!("https://{host}{PATH}"), status, line);
        match get_https(&self.trust.connector(), &address, host, PATH).await {
            Ok(answer) if answer.status.is_success() => Sight::Answers,
            Ok(answer) => Sight::Failed(failure(Some(answer.status.as_u16()), &first_line(&answer.body))),
            Err(NoAnswer::NoConnection) => {
                Sight::Unreachable(failure(None, &format!("nobody takes the connection to {address}")))
            }
            Err(error) => Sight::Failed(failure(None, &error.to_string())),
        }
    }

    /// Why the store at `url`, which was opened just now, does not answer; nothing where it does soon. Nothing is known
    /// of one whose address is no https.
    pub async fn problem_of(&self, url: &str) -> Option<String> {
        let host = url.strip_prefix("https://")?;
        let end = Instant::now() + OPENS_WITHIN;
        loop {
            let failure = match self.look(host).await {
                Sight::Answers => return None,
                Sight::Failed(failure) | Sight::Unreachable(failure) => failure,
            };
            if Instant::now() >= end {
                return Some(failure.to_string());
            }
            sleep(PAUSE).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertifiedKey, generate_simple_self_signed};
    use rustls::{RootCertStore, ServerConfig, pki_types::PrivateKeyDer};
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
    };
    use tokio_rustls::TlsAcceptor;

    use super::*;

    const HOST: &str = "my-shop.example.com";

    /// What takes visitors by https with a certificate for `host`, and answers each with `answer`; and who believes it.
    async fn controller(host: &str, answer: &'static str) -> HttpsCheck {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed([host.to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config =
            ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = config.with_no_client_auth().with_single_cert(vec![cert.der().clone()], key).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                // Who does not believe the certificate goes away.
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let mut request = vec![0; 4096];
                let read = stream.read(&mut request).await.unwrap();
                let request = String::from_utf8_lossy(&request[..read]).into_owned();
                assert!(request.starts_with("GET /ready.php HTTP/1.1\r\n"), "{request}");
                assert!(request.contains("host: my-shop.example.com\r\n"), "{request}");
                stream.write_all(answer.as_bytes()).await.unwrap();
                let _ = stream.shutdown().await;
            }
        });
        let mut roots = RootCertStore::empty();
        roots.add(cert.der().clone()).unwrap();
        HttpsCheck::new(Trust::in_roots(roots).unwrap(), Some(address))
    }

    fn answer_of(status: &'static str) -> &'static str {
        match status {
            "200" => "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
            _ => "HTTP/1.1 404 Not Found\r\nContent-Length: 18\r\n\r\n404 page not found",
        }
    }

    #[tokio::test]
    async fn a_shop_answers_by_https_where_its_controller_leads_there_with_a_certificate_for_it() {
        let served = controller(HOST, answer_of("200")).await;
        assert!(matches!(served.look(HOST).await, Sight::Answers));
        assert_eq!(served.problem_of("https://my-shop.example.com").await, None);

        let unserved = controller(HOST, answer_of("404")).await;
        let Sight::Failed(failure) = unserved.look(HOST).await else { panic!("nobody serves it") };
        assert_eq!(
            failure.to_string(),
            "The shop's page https://my-shop.example.com/ready.php fails (page_failed): it answers 404, 404 page \
             not found"
        );
    }

    #[tokio::test]
    async fn a_certificate_for_another_host_is_a_failure_and_no_connection_is_none() {
        let default = controller("traefik.default", answer_of("200")).await;
        let Sight::Failed(failure) = default.look(HOST).await else { panic!("no browser takes it") };
        assert!(failure.to_string().contains("it does not answer, invalid peer certificate"), "{failure}");

        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string();
        let nobody = HttpsCheck { address: Some(closed), ..default };
        assert!(matches!(nobody.look(HOST).await, Sight::Unreachable(_)));
    }

    #[tokio::test]
    async fn a_store_that_does_not_answer_soon_after_it_is_opened_is_reported_and_one_of_http_is_not_asked() {
        let unserved = controller(HOST, answer_of("404")).await;
        let problem = unserved.problem_of("https://my-shop.example.com").await.unwrap();
        assert!(problem.contains("it answers 404"), "{problem}");
        assert_eq!(unserved.problem_of("http://my-shop.example.com").await, None);
    }
}
