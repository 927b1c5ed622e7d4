//! The dashboard: a page over the API, at the API's own address.
//!
//! It is a function of its own, with no right but its log, and what it serves is the same for everybody: the page asks
//! the API for all else, as any other client. One address means one origin, so there is no CORS to set up and no
//! bucket to deploy, and the caller's address at API Gateway stays the caller's.

mod encoding;
mod files;
mod security;
mod settings;

use axum::{
    Json, Router,
    extract::Path,
    http::{HeaderMap, StatusCode, header},
    middleware,
    response::{IntoResponse as _, Response},
    routing::get,
};

use self::{encoding::Encoding, files::PAGE, security::Policy};
pub use self::{
    files::{EMBEDDED, File},
    settings::{Settings, SettingsError},
};
use crate::{
    middleware::{answering, recording},
    problem::Problem,
    request::preconditions::{Etag, IfNoneMatch},
};

/// The paths that the function answers, all to GET.
pub const PATHS: [&str; 3] = ["/", "/assets/{file}", "/settings.json"];

/// Whoever has the page asks each time whether there is a newer one, which names newer files.
const REVALIDATE: &str = "no-cache";

/// What a file has in it is part of its name.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// What a debug build shows that was made without the page.
const NOT_BUILT: &str = "The dashboard is not part of this build. `make dashboard` builds it, with Node.js 20.19 or \
    later; then build and start the functions again.\n";

/// The routes of the function `dashboard`, which serves `files`.
pub fn routes(files: &'static [File], settings: Settings) -> Router {
    let [page, asset, recorded] = PATHS;
    let policy = Policy::allowing(settings.origins());
    let routes = Router::new()
        .route(page, get(move |headers, known| self::page(files, headers, known)))
        .route(asset, get(move |headers, name| self::asset(files, headers, name)))
        .route(
            recorded,
            get(move || async move {
                ([(header::CACHE_CONTROL, REVALIDATE)], Json(settings.view())).into_response()
            }),
        )
        .fallback(|| async { Problem::NoSuchRoute })
        .layer(middleware::from_fn_with_state(policy, security::guard));
    recording(answering(routes))
}

async fn page(files: &'static [File], headers: HeaderMap, known: IfNoneMatch) -> Response {
    let Some(file) = File::find(files, PAGE) else {
        let headers =
            [(header::CACHE_CONTROL, "no-store"), (header::CONTENT_TYPE, "text/plain; charset=utf-8")];
        return (headers, NOT_BUILT).into_response();
    };
    let encoding = Encoding::preferred(&headers);
    let etag = Etag::of_content(file.in_encoding(encoding));
    let caching = [(header::CACHE_CONTROL, REVALIDATE.to_owned()), etag.header()];
    if known.knows(&etag) {
        return (StatusCode::NOT_MODIFIED, [(header::VARY, "accept-encoding")], caching).into_response();
    }
    (caching, content(file, encoding)).into_response()
}

async fn asset(
    files: &'static [File],
    headers: HeaderMap,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let file = File::find(files, &format!("assets/{name}")).ok_or(Problem::NoSuchRoute)?;
    Ok(([(header::CACHE_CONTROL, FOR_EVER)], content(file, Encoding::preferred(&headers))).into_response())
}

fn content(file: &'static File, encoding: Encoding) -> Response {
    let headers = [(header::CONTENT_TYPE, file.media_type), (header::VARY, "accept-encoding")];
    let mut response = (headers, file.in_encoding(encoding)).into_response();
    if let Some(name) = encoding.header() {
        response.headers_mut().insert(header::CONTENT_ENCODING, name);
    }
    response
}

#[cfg(test)]
mod tests {
    use axum::{
        body::{Body, to_bytes},
        http::Request,
    };
    use tower::ServiceExt as _;

    use super::*;

    static FILES: [File; 2] = [
        File {
            name: "assets/index-1a.js",
            media_type: "text/javascript",
            plain: b"js",
            gzip: b"gz",
            brotli: b"br",
        },
        File {
            name: "index.html",
            media_type: "text/html",
            plain: b"page",
            gzip: b"page gz",
            brotli: b"page br",
        },
    ];

    async fn answer(
        files: &'static [File],
        path: &str,
        headers: &[(&str, &str)],
    ) -> (StatusCode, HeaderMap, String) {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer =
            routes(files, Settings::default()).oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = answer.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        (parts.status, parts.headers, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn the_page_is_sent_once_and_asked_for_each_time() {
        let (status, headers, body) = answer(&FILES, "/", &[]).await;
        assert_eq!((status, body.as_str()), (StatusCode::OK, "page"));
        assert_eq!(headers[header::CACHE_CONTROL], "no-cache");
        let etag = headers[header::ETAG].to_str().unwrap().to_owned();
        let (status, headers, body) = answer(&FILES, "/", &[("if-none-match", &etag)]).await;
        assert_eq!((status, body.as_str()), (StatusCode::NOT_MODIFIED, ""));
        assert_eq!(headers[header::ETAG], etag);
        // The same page in other bytes has another tag, which is a strong one.
        let (status, _, body) =
            answer(&FILES, "/", &[("if-none-match", &etag), ("accept-encoding", "br")]).await;
        assert_eq!((status, body.as_str()), (StatusCode::OK, "page br"));
    }

    #[tokio::test]
    async fn a_file_that_is_named_after_its_content_is_kept_for_ever() {
        let (status, headers, body) =
            answer(&FILES, "/assets/index-1a.js", &[("accept-encoding", "gzip, deflate, br")]).await;
        assert_eq!((status, body.as_str()), (StatusCode::OK, "br"));
        assert_eq!(headers[header::CONTENT_ENCODING], "br");
        assert_eq!(headers[header::VARY], "accept-encoding");
        assert!(headers[header::CACHE_CONTROL].to_str().unwrap().ends_with("immutable"));
    }

    #[tokio::test]
    async fn whatever_is_answered_no_other_site_may_frame_it_and_nothing_foreign_runs_in_it() {
        for (path, expected) in [
            ("/", 200),
            ("/settings.json", 200),
            ("/assets/index-1a.js", 200),
            ("/assets/none.js", 404),
            ("/assets/..%2findex.html", 404),
        ] {
            let (status, headers, _) = answer(&FILES, path, &[("x-forwarded-proto", "https")]).await;
            assert_eq!(status, expected, "{path}");
            let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
            assert!(policy.starts_with("default-src 'none'; ") && policy.contains("frame-ancestors 'none'"));
            assert!(!policy.contains("unsafe"), "{policy}");
            assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
            assert_eq!(headers[header::REFERRER_POLICY], "no-referrer");
            assert!(headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
        }
        let (_, headers, _) = answer(&FILES, "/", &[]).await;
        assert!(!headers.contains_key(header::STRICT_TRANSPORT_SECURITY), "it means nothing without TLS");
    }

    #[tokio::test]
    async fn a_build_without_the_page_says_how_to_get_it() {
        let (status, headers, body) = answer(&[], "/", &[]).await;
        assert_eq!((status, &headers[header::CACHE_CONTROL]), (StatusCode::OK, &"no-store".parse().unwrap()));
        assert!(body.contains("make dashboard"), "{body}");
    }
}
