//! A shop that sells: a real order's mails leave by the relay, and an upgrade keeps what was sold. It takes the real
//! WooCommerce in the store's image, and an image for the relay: `infra/README.md`, *The proof*.

use std::{
    env,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    kubectl::{apply, attempt, kubectl},
    store::{Store, progress, shopwright},
    visitor::{Visitor, passed_on, way_in_namespace},
};

/// What the relay runs.
const RELAY: &str = include_str!("../../../images/trial/relay.py");
/// How long a mail may take from its order on: a run of the shop's scheduled work and more.
const DELIVERED_WITHIN: Duration = Duration::from_secs(120);
const CUSTOMER: &str = "customer@buyers.example";

#[test]
fn an_orders_mails_leave_by_the_relay_and_an_upgrade_keeps_the_order() {
    let Some(relay) = Relay::start() else { return };
    let start = Instant::now();
    let store = Store::new();
    let created = shopwright(&["create", &store.name, "--email", "owner@example.com", "--follow"]);
    assert!(created.contains("Status     Ready"), "{created}");
    let versions = store.versions();
    progress(start, &format!("the store is Ready, with {versions}"));

    let visitor = Visitor::in_namespace(&way_in_namespace(), &store.id);
    let order = Customer { visitor: &visitor, store: &store }.buys_a_sample();
    progress(start, &format!("order {order} was placed"));
    if env::var("EGRESS").is_ok_and(|egress| egress == "closed") {
        let policies = kubectl(&["-n", &store.namespace(), "get", "networkpolicies", "-o", "json"]);
        assert!(!policies.contains("ipBlock"), "no address is open but those of pods: {policies}");
    }
    let (receipt, notice) = (relay.mail_to(CUSTOMER), relay.mail_to("owner@example.com"));
    for mail in [&receipt, &notice] {
        assert_eq!(mail["sender"], env::var("MAIL_FROM").unwrap(), "{mail}");
        assert!(mail["reply_to"].as_str().is_some_and(|address| !address.is_empty()), "{mail}");
    }
    progress(
        start,
        &format!("its mails came to the relay: {} and {}", receipt["subject"], notice["subject"]),
    );

    let Ok(image) = env::var("UPGRADE_IMAGE") else {
        println!("skipped: UPGRADE_IMAGE names no image to upgrade the shop to");
        return end(&store, start);
    };
    let upgraded = shopwright(&["upgrade", &store.id, "--image", &image, "--guard", "none", "--follow"]);
    assert!(upgraded.contains("Status     Succeeded"), "{upgraded}");
    let after = store.versions();
    assert_ne!(after, versions, "another image has another version");
    let shown: Value = serde_json::from_str(&shopwright(&["show", &store.id, "--json"])).unwrap();
    assert_eq!(shown["release"]["store"], image.as_str(), "{shown}");
    assert_eq!(store.order(order), "19.99 processing", "the order is there still");
    let page = visitor.get(&format!("wordpress.{}", store.namespace()), &store.host(), "/shop/").unwrap();
    assert!(page.contains("Sample product") && page.ends_with("\n200"), "{page}");
    progress(start, &format!("it was upgraded to {after}"));
    let second = Customer { visitor: &visitor, store: &store }.buys_a_sample();
    assert!(second > order);
    progress(start, &format!("order {second} was placed after it"));
    end(&store, start);
}

fn end(store: &Store, start: Instant) {
    shopwright(&["delete", &store.id, "--follow"]);
    progress(start, "it is deleted");
}

impl Store {
    /// What the shop itself says of its versions.
    fn versions(&self) -> String {
        self.php("global $wp_version; echo \"WordPress $wp_version, WooCommerce \", get_option('woocommerce_version'), ' (database ', get_option('woocommerce_db_version'), ')';")
    }

    /// An order's total and status.
    fn order(&self, id: u64) -> String {
        self.php(&format!(
            "$order = wc_get_order({id}); echo $order->get_total(), ' ', $order->get_status();"
        ))
    }
}

/// Somebody who buys, as the checkout's own script does it.
struct Customer<'a> {
    visitor: &'a Visitor,
    store: &'a Store,
}

impl Customer<'_> {
    /// Buys one; says the order's number.
    fn buys_a_sample(&self) -> u64 {
        let products = self.call("GET", "products?slug=sample-product", None, "");
        let product = &products.1[0]["id"];
        let (token, _) = self.call("GET", "cart", None, "");
        self.call("POST", "cart/add-item", Some(&json!({ "id": product, "quantity": 1 })), &token);
        let address = json!({
            "first_name": "Ada", "last_name": "Buyer", "address_1": "1 Long Road", "city": "Berlin",
            "postcode": "10115", "country": "DE", "state": "DE-BE", "email": CUSTOMER, "phone": "+49301234567",
        });
        let checkout = json!({
            "billing_address": address, "shipping_address": address, "payment_method": "cod",
        });
        let (_, order) = self.call("POST", "checkout", Some(&checkout), &token);
        order["order_id"].as_u64().unwrap_or_else(|| panic!("no order: {order}"))
    }

    /// The cart's token and the answer of the Store API.
    fn call(&self, method: &str, path: &str, body: Option<&Value>, token: &str) -> (String, Value) {
        let url = format!("http://wordpress.{}/wp-json/wc/store/v1/{path}", self.store.namespace());
        let [host, scheme] = passed_on(&self.store.host());
        let token = format!("Cart-Token: {token}");
        let mut curl =
            vec!["curl", "-s", "-i", "-m", "30", "-X", method, "-H", &host, "-H", &scheme, "-H", &token];
        let body = body.map(Value::to_string);
        if let Some(body) = &body {
            curl.extend(["-H", "Content-Type: application/json", "-d", body]);
        }
        curl.push(&url);
        let answer = self.visitor.run(&curl).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{path}: {answer}"));
        let token = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("cart-token").then(|| value.trim().to_owned())
        });
        let body = serde_json::from_str(body).unwrap_or_else(|_| panic!("{path}: {answer}"));
        (token.unwrap_or_default(), body)
    }
}

/// A pod that takes mails, under the name that `SMTP_HOST` has.
struct Relay {
    namespace: String,
    pod: String,
}

impl Relay {
    /// Where the environment names none, says so.
    fn start() -> Option<Self> {
        let Ok(image) = env::var("RELAY_IMAGE") else {
            println!("skipped: RELAY_IMAGE names no image with python3 and aiosmtpd");
            return None;
        };
        let namespace = env::var("SMTP_NAMESPACE").unwrap();
        let (host, port) = (env::var("SMTP_HOST").unwrap(), env::var("SMTP_PORT").unwrap());
        let name = host.split('.').next().unwrap();
        kubectl(&["create", "namespace", &namespace]);
        let relay = Self { namespace, pod: format!("pod/{name}") };
        let labels = json!({ "app": name });
        let metadata = json!({ "name": name, "namespace": relay.namespace, "labels": labels });
        apply(&json!({
            "apiVersion": "v1", "kind": "Service", "metadata": metadata,
            "spec": { "selector": labels, "ports": [{ "port": port.parse::<u16>().unwrap() }] },
        }));
        apply(&json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": metadata,
            "spec": {
                "terminationGracePeriodSeconds": 0,
                "securityContext": { "runAsNonRoot": true, "runAsUser": 33 },
                "containers": [{
                    "name": "relay", "image": image,
                    "imagePullPolicy": env::var("IMAGE_PULL_POLICY").unwrap_or_else(|_| "Never".into()),
                    "command": ["python3", "-c", RELAY, "", "", "", "", format!("0.0.0.0:{port}")],
                }],
            },
        }));
        kubectl(&["-n", &relay.namespace, "wait", "--for=condition=Ready", &relay.pod, "--timeout=120s"]);
        Some(relay)
    }

    /// The first mail to somebody, once it is there.
    fn mail_to(&self, address: &str) -> Value {
        let since = Instant::now();
        loop {
            let log = kubectl(&["-n", &self.namespace, "logs", &self.pod]);
            let mut mails = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            let to_address = |mail: &Value| {
                mail["recipients"].as_array().is_some_and(|all| all.iter().any(|one| one == address))
            };
            if let Some(mail) = mails.find(to_address) {
                return mail;
            }
            assert!(since.elapsed() < DELIVERED_WITHIN, "no mail to {address}: {log}");
            std::thread::sleep(Duration::from_secs(1));
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        // A test that fails has its own message, which a panic here would hide.
        let _ = attempt(&["delete", "namespace", &self.namespace, "--wait=false"]);
    }
}
