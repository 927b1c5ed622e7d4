//! Lists all objects of a kind in the cluster, a page at a time.

use kube::{Client, Resource, api::ListParams, core::Request};
use serde::{Deserialize, de::DeserializeOwned};

use crate::cluster::{GONE, read_parts};

/// How many objects a page has at most: as `kubectl` has them.
pub const PAGE: u32 = 500;
/// How often such a list is begun again.
const TRIES: u32 = 3;

/// What reading of the cluster took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effort {
    /// Requests.
    pub pages: usize,
    /// Objects in the answers.
    pub objects: usize,
    /// Bytes of the answers.
    pub bytes: usize,
}

/// How much of its objects a list is to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    Whole,
    Metadata,
}

/// Lists objects of the whole cluster.
///
/// Objects are read as types that have only what is needed, so that the rest of an answer, which is most
/// of it, is skipped and takes no memory.
#[derive(Clone)]
pub(super) struct Listing {
    client: Client,
    page: u32,
}

/// A page, as <https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks>
/// has it.
#[derive(Deserialize)]
struct Page<T> {
    #[serde(default)]
    metadata: PageMetadata,
    /// Of metadata alone, the API server lists nothing as null.
    items: Option<Vec<T>>,
}

#[derive(Default, Deserialize)]
struct PageMetadata {
    #[serde(rename = "continue")]
    place: Option<String>,
}

impl Listing {
    pub(super) fn new(client: Client, page: u32) -> Self {
        Self { client, page }
    }

    /// What `pick` takes of all objects of the kind `K` that `selector` selects, which are read as `T`.
    ///
    /// The pages are those of one moment. Where the API server does not remember that moment any more, the
    /// list begins again.
    pub(super) async fn all<K, T, U>(
        &self,
        selector: &str,
        extent: Extent,
        effort: &mut Effort,
        pick: impl Fn(T) -> Option<U>,
    ) -> Result<Vec<U>, kube::Error>
    where
        K: Resource<DynamicType = ()>,
        T: DeserializeOwned,
    {
        let first = ListParams::default().labels(selector).limit(self.page);
        let mut params = first.clone();
        let (mut picked, mut tries) = (Vec::new(), 1);
        loop {
            let page: Page<T> = match self.page::<K, T>(&params, extent, effort).await {
                Err(kube::Error::Api(status)) if status.code == GONE && tries < TRIES => {
                    tries += 1;
                    picked.clear();
                    params = first.clone();
                    continue;
                }
                page => page?,
            };
            let items = page.items.unwrap_or_default();
            effort.objects += items.len();
            picked.extend(items.into_iter().filter_map(&pick));
            match page.metadata.place.filter(|place| !place.is_empty()) {
                Some(place) => params = params.continue_token(&place),
                None => return Ok(picked),
            }
        }
    }

    async fn page<K, T>(
        &self,
        params: &ListParams,
        extent: Extent,
        effort: &mut Effort,
    ) -> Result<Page<T>, kube::Error>
    where
        K: Resource<DynamicType = ()>,
        T: DeserializeOwned,
    {
        let all = Request::new(K::url_path(&(), None));
        let request = match extent {
            Extent::Whole => all.list(params),
            Extent::Metadata => all.list_metadata(params),
        };
        effort.pages += 1;
        // Not as the client reads it, which would copy an answer of megabytes, and log one that it can't read.
        let request = request.map_err(kube::Error::BuildRequest)?;
        let mut answer = Vec::new();
        let stream = self.client.request_stream(request).await?;
        read_parts(stream, |part| answer.extend_from_slice(part)).await.map_err(kube::Error::ReadEvents)?;
        effort.bytes += answer.len();
        serde_json::from_slice(&answer).map_err(kube::Error::SerdeError)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::VecDeque,
        sync::{Arc, Mutex},
    };

    use http::{Request, Response};
    use k8s_openapi::api::core::v1::Pod;
    use kube::client::Body;
    use serde_json::{Value, json};
    use tower::{BoxError, service_fn};

    use super::*;

    /// What an API server answers in turn, and what it was asked.
    #[derive(Clone, Default)]
    struct Server {
        answers: Arc<Mutex<VecDeque<(u16, Value)>>>,
        asked: Arc<Mutex<Vec<String>>>,
    }

    impl Server {
        fn new(answers: impl IntoIterator<Item = (u16, Value)>) -> Self {
            Self { answers: Arc::new(Mutex::new(answers.into_iter().collect())), ..Self::default() }
        }

        async fn names(&self) -> (Result<Vec<u32>, kube::Error>, Effort) {
            let server = self.clone();
            let service = service_fn(move |request: Request<Body>| {
                server.asked.lock().unwrap().push(request.uri().to_string());
                let (code, body) = server.answers.lock().unwrap().pop_front().unwrap();
                let answer = Response::builder().status(code).body(Body::from(body.to_string().into_bytes()));
                async move { Ok::<_, BoxError>(answer?) }
            });
            let mut effort = Effort::default();
            let listing = Listing::new(Client::new(service, "default"), 2);
            let even = |number: u32| number.is_multiple_of(2).then_some(number);
            let listed = listing.all::<Pod, u32, u32>("a=b", Extent::Whole, &mut effort, even).await;
            (listed, effort)
        }
    }

    fn page(items: &[u32], place: &str) -> (u16, Value) {
        (200, json!({ "metadata": { "continue": place }, "items": items }))
    }

    fn refusal(code: u16) -> (u16, Value) {
        (code, json!({ "kind": "Status", "status": "Failure", "code": code, "reason": "", "message": "no" }))
    }

    #[tokio::test]
    async fn a_list_goes_on_page_by_page_to_its_end() {
        let server = Server::new([page(&[1, 2], "one"), page(&[3, 4], "two"), page(&[6], "")]);
        let (listed, effort) = server.names().await;
        assert_eq!(listed.unwrap(), [2, 4, 6]);
        assert_eq!((effort.pages, effort.objects), (3, 5));
        let nothing = Server::new([(200, json!({ "metadata": {}, "items": null }))]);
        assert_eq!(nothing.names().await.0.unwrap(), Vec::<u32>::new());
        let asked = server.asked.lock().unwrap().clone();
        assert!(asked[0].starts_with("/api/v1/pods?") && asked[0].contains("limit=2"), "{asked:?}");
        assert!(!asked[0].contains("continue") && asked[2].contains("continue=two"), "{asked:?}");
    }

    #[tokio::test]
    async fn a_list_that_the_server_does_not_remember_begins_again_and_has_nothing_twice() {
        let server = Server::new([page(&[2, 4], "old"), refusal(GONE), page(&[4, 6], "new"), page(&[8], "")]);
        let (listed, effort) = server.names().await;
        assert_eq!((listed.unwrap(), effort.pages), (vec![4, 6, 8], 4));
        assert!(!server.asked.lock().unwrap()[2].contains("continue"));
    }

    #[tokio::test]
    async fn a_page_that_fails_fails_the_list() {
        for refused in [refusal(500), refusal(403), (200, json!({ "items": ["no number"] }))] {
            let (listed, _) = Server::new([page(&[2], "on"), refused]).names().await;
            assert!(listed.is_err(), "half a list is none");
        }
        let (listed, effort) = Server::new([refusal(GONE), refusal(GONE), refusal(GONE)]).names().await;
        assert!(listed.is_err() && effort.pages == 3, "it is not begun again for ever");
    }
}
