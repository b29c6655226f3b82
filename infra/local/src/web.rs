//! The web app's files, as CloudFront serves them from a bucket in AWS.

use std::{collections::HashMap, io, path::Path};

use aws_lc_rs::digest::{SHA256, digest};
use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// The page that starts the app; it also stands for every address that the app routes by itself.
const INDEX: &str = "/index.html";

/// A site's files, all in memory: they are few, and what is not among them cannot be asked for.
pub struct Site(HashMap<String, File>);

struct File {
    content: Bytes,
    content_type: HeaderValue,
    etag: HeaderValue,
}

impl Site {
    /// Read a folder.
    ///
    /// # Errors
    ///
    /// Where it cannot be read or has no `index.html`.
    pub fn read(folder: &Path) -> io::Result<Self> {
        let mut files = HashMap::new();
        read_into(&mut files, folder, "")?;
        if !files.contains_key(INDEX) {
            return Err(io::Error::new(
                io::ErrorKind::NotFound,
                "there is no index.html",
            ));
        }
        Ok(Self(files))
    }

    /// The file at this path, or the app's page for the paths that the app routes; none where there is nothing.
    pub fn get(&self, path: &str, headers: &HeaderMap) -> Option<Response> {
        let is_page = || {
            let accept = headers
                .get(header::ACCEPT)
                .and_then(|accept| accept.to_str().ok());
            accept.is_some_and(|accept| accept.contains("text/html"))
        };
        let file = match self.0.get(path) {
            Some(file) => file,
            None if path == "/" || is_page() => self.0.get(INDEX)?,
            None => return None,
        };
        let is_known = headers
            .get_all(header::IF_NONE_MATCH)
            .iter()
            .any(|tags| tags.to_str().is_ok_and(|tags| has_tag(tags, &file.etag)));
        let mut response = Response::new(Body::empty());
        response.headers_mut().extend([
            (header::ETAG, file.etag.clone()),
            // Kept, and asked for each time: a rebuilt app is seen at the next reload.
            (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        ]);
        if is_known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        } else {
            *response.body_mut() = Body::from(file.content.clone());
            let content_type = file.content_type.clone();
            response
                .headers_mut()
                .insert(header::CONTENT_TYPE, content_type);
        }
        Some(response)
    }
}

fn has_tag(tags: &str, etag: &HeaderValue) -> bool {
    tags.split(',')
        .map(str::trim)
        .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

fn read_into(files: &mut HashMap<String, File>, folder: &Path, prefix: &str) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        if name.starts_with('.') {
            continue;
        }
        let (path, at) = (entry.path(), format!("{prefix}/{name}"));
        if path.is_dir() {
            read_into(files, &path, &at)?;
        } else {
            files.insert(at, File::new(&name, std::fs::read(path)?));
        }
    }
    Ok(())
}

impl File {
    fn new(name: &str, content: Vec<u8>) -> Self {
        let hash = digest(&SHA256, &content);
        let etag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16]));
        Self {
            content: content.into(),
            content_type: HeaderValue::from_static(content_type(name)),
            etag: HeaderValue::from_str(&etag).unwrap_or(HeaderValue::from_static("\"\"")),
        }
    }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        // Browsers compile while they load only under this type.
        Some("wasm") => "application/wasm",
        Some("json") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("webp") => "image/webp",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        Some(_) | None => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> Site {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("fonts")).unwrap();
        for name in ["index.html", "app_bg.wasm", "fonts/f.woff2", ".hidden"] {
            std::fs::write(folder.path().join(name), name).unwrap();
        }
        Site::read(folder.path()).unwrap()
    }

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(
            header::HeaderName::from_static(name),
            value.parse().unwrap(),
        )])
    }

    #[test]
    fn files_come_with_their_types() {
        let site = site();
        for (path, content_type) in [
            ("/", "text/html; charset=utf-8"),
            ("/app_bg.wasm", "application/wasm"),
            ("/fonts/f.woff2", "font/woff2"),
        ] {
            let response = site.get(path, &HeaderMap::new()).unwrap();
            assert_eq!(response.headers()["content-type"], content_type);
        }
    }

    #[test]
    fn the_apps_own_addresses_lead_to_its_page_and_missing_files_nowhere() {
        let site = site();
        let navigation = headers("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        assert!(site.get("/orders/42", &navigation).is_some());
        assert!(site.get("/missing.js", &headers("accept", "*/*")).is_none());
        for outside in ["/.hidden", "/../Cargo.toml", "//etc/passwd"] {
            assert!(site.get(outside, &HeaderMap::new()).is_none());
        }
    }

    #[test]
    fn what_the_browser_has_is_not_sent_again() {
        let site = site();
        let first = site.get("/", &HeaderMap::new()).unwrap();
        let etag = first.headers()["etag"].to_str().unwrap();
        let again = site.get("/", &headers("if-none-match", etag)).unwrap();
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        let other = site
            .get("/", &headers("if-none-match", "\"other\""))
            .unwrap();
        assert_eq!(other.status(), StatusCode::OK);
    }
}
