//! The way in to a store on a real controller, as visitors have it: by the store's host, at the controller's address,
//! in both kinds. `infra/README.md`, *The proof*, says which variables name the controller.

mod front;
mod refusals;
mod street;
mod upload;

use std::{env, time::Instant};

use front::{Front, Routing, named, runner_command};
use street::{Answer, Scrap, Street};
use upload::Upload;

use crate::{
    kubectl::{attempt, kubectl},
    store::{Store, progress, shopwright},
    visitor::is_https,
};

#[test]
fn visitors_get_in_by_either_kind_of_way_and_learn_where_they_do_not() {
    let Some(street) = Street::find() else { return };
    let start = Instant::now();
    let store = Store::new();
    let visit = Visit { street, routing: Routing::of_the_platform(), front: Front::begin(&store.id), store };
    let Visit { street, routing, front, store } = &visit;
    if let Some(front) = front {
        front.catch_all(*routing);
        let nobody = format!("{}://nobody-{}", scheme(), store.host());
        let took = street.soon(&nobody, |answer| answer.is_front(404, "There is no shop here"));
        progress(start, &format!("a name that nobody has gets the front's 404 ({took:.1?})"));
    }

    shopwright(&["create", &store.name, "--email", "owner@example.com"]);
    if front.is_some() {
        let took = visit.soon(|answer| answer.is_front(503, "This shop is being set up"));
        progress(start, &format!("a store that is being made gets the front's 503 ({took:.1?})"));
    }
    let early = street.passers_by(&visit.url());
    let created =
        shopwright(&["create", &store.name, "--email", "owner@example.com", "--if-absent", "--follow"]);
    assert!(created.contains("Status     Ready"), "{created}");
    let took = visit.soon(|answer| answer.is_shop(&store.name));
    visit.is_accepted();
    visit.saw_no_error(early, "while it was made", 0);
    progress(start, &format!("it is Ready, its way in is accepted, and its page is there ({took:.1?})"));
    visit.serves();
    progress(start, &format!("its page comes by {}", routing.as_str()));

    let upload = Upload::begin(street, store);
    visit.notices_a_way_in_that_somebody_deletes();
    progress(start, "a way in that somebody deleted is missed, and made again");
    visit.migrates_both_ways(start);

    let uploaded = upload.finish();
    progress(start, "30 MB were uploaded at 400 kB/s while all this went on");
    visit.lets_a_download_end(&uploaded);
    progress(start, "a download that ran when the store was suspended came to its end");
    visit.sleeps_and_wakes(start);

    let leaving = street.passers_by(&visit.url());
    shopwright(&["delete", &store.id]);
    if front.is_some() {
        let took = visit.soon(|answer| answer.is_front(410, "This shop has closed for good"));
        progress(start, &format!("a store that is deleted gets the front's 410 ({took:.1?})"));
    }
    kubectl(&["wait", "--for=delete", &format!("namespace/{}", store.namespace()), "--timeout=180s"]);
    // Each of them may be in the middle of a page then, whose database goes.
    visit.saw_no_error(leaving, "while it was deleted", street::PASSERS_BY);
    progress(start, "it is deleted");
}

/// A store and who visits it.
struct Visit {
    street: Street,
    routing: Routing,
    front: Option<Front>,
    store: Store,
}

impl Visit {
    fn url(&self) -> String {
        format!("{}://{}/", scheme(), self.store.host())
    }

    fn soon(&self, expected: impl Fn(&Answer) -> bool) -> std::time::Duration {
        self.street.soon(&self.url(), expected)
    }

    fn opens(&self) -> std::time::Duration {
        self.soon(|answer| answer.is_shop(&self.store.name))
    }

    /// The page comes at the store's address. Who comes to a store of https by http is sent there, by what leads to the
    /// front.
    fn serves(&self) {
        let page = self.street.visit(&self.url());
        assert!(page.is_shop(&self.store.name), "{}", page.summary());
        if !is_https() || self.front.is_none() {
            return;
        }
        let by_http = self.street.visit(&format!("http://{}/?a=b", self.store.host()));
        let secure = format!("{}?a=b", self.url());
        if self.way_in_there() == Some(Routing::Ingress) && !(300..400).contains(&by_http.status) {
            assert_eq!(by_http.status, 404, "{}", by_http.summary());
            println!("          by http the controller answers 404: the guide says how it is set to send on");
            return;
        }
        assert_eq!((by_http.status / 100, by_http.location), (3, secure));
    }

    /// Which kind of way in the store has, where it has one.
    fn way_in_there(&self) -> Option<Routing> {
        let namespace = self.store.namespace();
        let has = |routing: &Routing| {
            let kind = routing.kinds()[0];
            attempt(&["-n", &namespace, "get", kind, "wordpress"]).status.success()
        };
        [Routing::Gateway, Routing::Ingress].into_iter().find(has)
    }

    /// Where it has a route, the controller of its Gateway has accepted it.
    fn is_accepted(&self) {
        if self.routing == Routing::Gateway {
            let accepted = "jsonpath={.status.parents[*].conditions[?(@.type=='Accepted')].status}";
            let namespace = self.store.namespace();
            assert_eq!(kubectl(&["-n", &namespace, "get", "httproute", "wordpress", "-o", accepted]), "True");
        }
    }

    /// Of visitors who came meanwhile, each got the shop's page or one of the front's; where there is no front, what
    /// the controller says is its own. `most` of them may have got something else.
    fn saw_no_error(&self, passers_by: street::PassersBy, when: &str, most: usize) {
        let is_right = |answer: &Answer| {
            answer.is_shop(&self.store.name)
                || (matches!(answer.status, 503 | 410) && answer.body.contains("<h1>This shop "))
        };
        let (unexpected, visits) = passers_by.unexpected(is_right);
        println!("          {visits} visits {when}, not as they should be: {unexpected:?}");
        let count: usize = unexpected.values().sum();
        assert!(self.front.is_none() || count <= most, "{when}: {unexpected:?}");
    }

    fn notices_a_way_in_that_somebody_deletes(&self) {
        self.store.health("Healthy");
        let [kind, _] = self.routing.kinds();
        kubectl(&["-n", &self.store.namespace(), "delete", kind, "wordpress"]);
        if self.front.is_some() {
            self.soon(|answer| answer.is_front(503, "This shop opens in a moment"));
        }
        let health = self.store.health("Down");
        assert!(health["reasons"].to_string().contains("way_in_missing"), "{health}");
        self.migrate(self.routing);
        self.opens();
        self.store.health("Healthy");
    }

    /// The store is moved to the other kind and back, and no visitor notices.
    fn migrates_both_ways(&self, start: Instant) {
        if !self.has_both_kinds() {
            println!(
                "skipped in part: the cluster has not both the Gateway and the Ingress class of the settings"
            );
            return;
        }
        for to in [self.routing.other(), self.routing] {
            // As the guide has it: Traefik has any Ingress go before a route, one of all names too, so the front gets
            // its Ingress only when the stores have theirs.
            if let Some(front) = &self.front {
                if to == Routing::Gateway {
                    front.catch_all(to);
                }
                front.leave(to.other());
            }
            let passers_by = self.street.passers_by(&self.url());
            self.migrate(to);
            assert_eq!(self.way_in_there(), Some(to));
            let (unexpected, visits) = passers_by.unexpected(|answer| answer.is_shop(&self.store.name));
            assert!(unexpected.is_empty(), "{unexpected:?}");
            if let Some(front) = self.front.as_ref().filter(|_| to == Routing::Ingress) {
                front.catch_all(to);
            }
            self.serves();
            progress(start, &format!("it was moved to {}, under {visits} visits", to.as_str()));
        }
    }

    fn has_both_kinds(&self) -> bool {
        let (name, namespace) = (named("GATEWAY_NAME", "stores"), named("GATEWAY_NAMESPACE", "gateway"));
        attempt(&["-n", &namespace, "get", "gateway", &name]).status.success()
            && attempt(&["get", "ingressclass", &named("INGRESS_CLASS", "nginx")]).status.success()
    }

    /// Brings the way in in line with `to`, as the operator does.
    fn migrate(&self, to: Routing) {
        let kubeconfig = env::var("RUNNER_KUBECONFIG").unwrap();
        let arguments = ["migrate-routes", "--routing", to.as_str(), "--apply", &self.store.id];
        let output = runner_command().args(arguments).env("KUBECONFIG", kubeconfig).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }

    /// Who downloads while the store is suspended gets all of it; who comes then gets the page that says so.
    fn lets_a_download_end(&self, upload: &upload::Uploaded) {
        let copy = Scrap::new(b"");
        let download = self.street.fetch_slowly(&upload.url, "3M", copy.path());
        let suspended = shopwright(&["suspend", &self.store.id, "--reason", "a test", "--follow"]);
        assert!(suspended.contains("Status     Succeeded"), "{suspended}");
        if self.front.is_some() {
            self.soon(|answer| answer.is_front(503, "This shop is suspended"));
        }
        let output = download.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
        assert!(std::fs::read(copy.path()).unwrap() == upload.content, "each byte has come");
        shopwright(&["unsuspend", &self.store.id, "--follow"]);
        self.opens();
    }

    fn sleeps_and_wakes(&self, start: Instant) {
        let closing = self.street.passers_by(&self.url());
        shopwright(&["hibernate", &self.store.id, "--follow"]);
        if self.front.is_some() {
            let took = self.soon(|answer| answer.is_front(503, "This shop is taking a break"));
            progress(start, &format!("a store that is hibernated gets the front's 503 ({took:.1?})"));
        }
        self.saw_no_error(closing, "while it was hibernated", 0);
        let opening = self.street.passers_by(&self.url());
        shopwright(&["resume", &self.store.id, "--follow"]);
        let took = self.opens();
        self.saw_no_error(opening, "while it was resumed", 0);
        progress(start, &format!("it is resumed, and its page is there ({took:.1?})"));
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        // Where it is deleted already, or the test fails, which has its own message.
        let _ = attempt(&["delete", "namespace", &self.store.namespace(), "--wait=false"]);
    }
}

fn scheme() -> &'static str {
    if is_https() { "https" } else { "http" }
}
