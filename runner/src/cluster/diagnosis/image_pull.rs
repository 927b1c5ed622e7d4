//! Tells by the words of a registry, a network or a runtime whether an image that can't be pulled may be
//! pulled later.

/// Why an image can't be pulled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PullError {
    /// It is not there, or not for this cluster: another try says the same.
    Lasting,
    /// The way to it, the registry or the node has trouble, or nothing says what it is.
    Transient,
}

/// What says that there is nothing to wait for: the image is not there, or not for whoever asks.
const LASTING: [&str; 17] = [
    "not found",
    "notfound",
    "manifest unknown",
    "manifest_unknown",
    "name unknown",
    "name_unknown",
    "no such image",
    "does not exist",
    "unauthorized",
    "authentication required",
    "authorization failed",
    "no basic auth credentials",
    "denied",
    "forbidden",
    "no match for platform",
    "no matching manifest",
    "invalid reference format",
];

/// What says that the trouble is on the way, in the registry or in the node, whatever else is said: a name
/// that is "not found" by DNS is no image that is not there.
const PASSING: [&str; 31] = [
    "no such host",
    "lookup ",
    "server misbehaving",
    "temporary failure",
    "dial tcp",
    "connection refused",
    "connection reset",
    "connection closed",
    "broken pipe",
    "no route to host",
    "network is unreachable",
    "timeout",
    "timed out",
    "deadline exceeded",
    "context canceled",
    "eof",
    "tls handshake",
    "too many requests",
    "toomanyrequests",
    "rate limit",
    "rate exceeded",
    "qps exceeded",
    "unavailable",
    "internal server error",
    "bad gateway",
    "try again",
    "no space left",
    "httpreadseeker",
    "extract layer",
    "content digest",
    "snapshot",
];

/// The same by a status of HTTP.
const PASSING_CODES: [&str; 6] = ["408", "429", "500", "502", "503", "504"];

impl PullError {
    /// What the kubelet's `reason` comes to for `image`, of which is `said` why.
    pub(super) fn of(reason: &str, said: &str, image: &str) -> Self {
        let words = without_names(said, image);
        let codes =
            |word: &str| PASSING_CODES.contains(&word.trim_matches(|edge: char| !edge.is_alphanumeric()));
        if PASSING.iter().any(|words_of_it| words.contains(words_of_it)) || words.split(' ').any(codes) {
            return Self::Transient;
        }
        // A folder of the node that may not be written is none of the registry's.
        let words = words.replace("permission denied", "");
        let lasts = LASTING.iter().any(|words_of_it| words.contains(words_of_it));
        // An image that is there and may not be run.
        if lasts || reason == "SignatureValidationFailed" { Self::Lasting } else { Self::Transient }
    }
}

/// What is `said`, in lower case, without what names images and addresses: an image may be called
/// `unauthorized`, and have the tag 429.
fn without_names(said: &str, image: &str) -> String {
    let image = image.to_lowercase();
    let said = said.to_lowercase().replace(&image, " ");
    let (repository, tag) = image.rsplit_once([':', '@']).unwrap_or((&image, ""));
    let is_name = |word: &&str| {
        let word = word.trim_matches(|edge: char| !edge.is_alphanumeric());
        word.contains('/') && word != "i/o" || word == repository || (!tag.is_empty() && word == tag)
    };
    said.split_whitespace().filter(|word| !is_name(word)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(said: &str, image: &str) -> PullError {
        PullError::of("ErrImagePull", said, image)
    }

    #[test]
    fn an_image_that_is_not_there_or_not_for_us_is_not_waited_for() {
        for said in [
            // containerd
            "rpc error: code = NotFound desc = failed to pull and unpack image \"docker.io/a/shop:1\": failed to \
             resolve reference \"docker.io/a/shop:1\": docker.io/a/shop:1: not found",
            "failed to resolve reference \"r.example/a/shop:1\": unexpected status from HEAD request to \
             https://r.example/v2/a/shop/manifests/1: 403 Forbidden",
            "failed to authorize: failed to fetch oauth token: unexpected status: 401 Unauthorized",
            "failed to resolve reference: pull access denied, repository does not exist or may require \
             authorization: server message: insufficient_scope: authorization failed",
            "no match for platform in manifest: not found",
            // CRI-O
            "reading manifest 1 in r.example/a/shop: manifest unknown",
            "Error: initializing source docker://r.example/a/shop:1: reading manifest 1 in r.example/a/shop: \
             unauthorized: authentication required",
            "Requesting bearer token: invalid status code from registry 403 (Forbidden)",
            // Docker, ECR, Artifact Registry
            "Error response from daemon: manifest for a/shop:1 not found: manifest unknown",
            "Head \"https://1.dkr.ecr.eu-central-1.amazonaws.com/v2/shop/manifests/1\": no basic auth credentials",
            "denied: Permission \"artifactregistry.repositories.downloadArtifacts\" denied on resource",
        ] {
            assert_eq!(of(said, "a/shop:1"), PullError::Lasting, "{said}");
        }
    }

    #[test]
    fn trouble_on_the_way_is_waited_for_even_where_something_is_not_found() {
        for said in [
            "",
            "Back-off pulling image \"a/shop:1\"",
            "dial tcp: lookup r.example on 10.96.0.10:53: no such host",
            "lookup r.example: host not found",
            "failed to do request: Head \"https://r.example/v2/a/shop/manifests/1\": dial tcp 10.0.0.1:443: connect: \
             connection refused",
            "net/http: TLS handshake timeout",
            "dial tcp 10.0.0.1:443: i/o timeout",
            "429 Too Many Requests - Server message: toomanyrequests: You have reached your unauthenticated pull \
             rate limit. https://www.docker.com/increase-rate-limit",
            "failed to authorize: failed to fetch anonymous token: unexpected status: 503 Service Unavailable",
            "unexpected status from GET request to https://r.example/v2/: 500 Internal Server Error: not found",
            "received unexpected HTTP status: 502 Bad Gateway",
            "pull QPS exceeded",
            "unexpected EOF",
            "context deadline exceeded",
            "failed to extract layer sha256:0: mount: no such file: not found",
            "failed to copy: httpReadSeeker: failed open: content at https://r.example/blob not found: not found",
            "write /var/lib/containerd/x: no space left on device",
            "mkdir /var/lib/containerd/x: permission denied",
            "tls: failed to verify certificate: x509: certificate signed by unknown authority",
        ] {
            assert_eq!(of(said, "a/shop:1"), PullError::Transient, "{said}");
        }
    }

    #[test]
    fn what_an_image_is_called_says_nothing() {
        for image in
            ["denied/unauthorized:1", "unauthorized:not-found", "forbidden:503", "r.example:500/a/denied:1"]
        {
            let back_off = format!("Back-off pulling image \"{image}\"");
            assert_eq!(of(&back_off, image), PullError::Transient, "{image}");
            let url = format!("failed to pull \"docker.io/library/{image}\": something else");
            assert_eq!(of(&url, image), PullError::Transient, "{image}");
            let gone =
                format!("failed to resolve reference \"docker.io/library/{image}\": {image}: not found");
            assert_eq!(of(&gone, image), PullError::Lasting, "{image}");
        }
        let tag = "reading manifest 503 in docker.io/library/shop: manifest unknown";
        assert_eq!(of(tag, "shop:503"), PullError::Lasting, "a tag is no status");
    }
}
