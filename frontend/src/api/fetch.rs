//! One HTTP exchange: bearer token, time-out, the server's clock. What it means is up to the callers.

use gloo_net::http::{Headers, Method, RequestBuilder, Response};
use gloo_timers::callback::Timeout;
use web_sys::AbortController;

use super::{Client, Failure};
use crate::browser::device_now;

/// How long an answer may take. A query waits up to 1.5 s for its version on the server, a cold function a second more.
const TIME_OUT_MS: u32 = 10_000;

/// A request that is ready to go.
pub(super) struct Call<'a> {
    pub method: Method,
    pub path: &'a str,
    pub headers: Vec<(&'static str, String)>,
    pub body: Option<&'a str>,
}

impl<'a> Call<'a> {
    pub fn get(path: &'a str) -> Self {
        Self {
            method: Method::GET,
            path,
            headers: Vec::new(),
            body: None,
        }
    }
}

impl Client {
    /// Send, and wait for the answer's head. `Err` is [`Failure::NoAnswer`] or [`Failure::SignedOut`]; every other
    /// status is the caller's to read.
    pub(super) async fn exchange(&self, call: Call<'_>) -> Result<Response, Failure> {
        let headers = Headers::new();
        for (name, value) in &call.headers {
            headers.set(name, value);
        }
        if let Some(token) = self.session.access_token(self.clock) {
            headers.set("authorization", &format!("Bearer {token}"));
        }
        if call.body.is_some() {
            headers.set("content-type", "application/json");
        }
        let abort = AbortController::new().map_err(|_| Failure::NoAnswer)?;
        let builder = RequestBuilder::new(call.path)
            .method(call.method)
            .headers(headers)
            // The ETag is ours to keep: the browser's own cache would turn a 304 into a full answer again.
            .cache(web_sys::RequestCache::NoStore)
            .abort_signal(Some(&abort.signal()));
        let request = match call.body {
            Some(body) => builder.body(body),
            None => builder.build(),
        }
        .map_err(|_| Failure::NoAnswer)?;

        let time_out = Timeout::new(TIME_OUT_MS, move || abort.abort());
        let asked = device_now();
        let response = request.send().await.map_err(|_| Failure::NoAnswer)?;
        time_out.cancel();
        if let Some(date) = response.headers().get("date") {
            self.clock.observe(asked, device_now(), &date);
        }
        if response.status() == 401 {
            self.session.expire();
            return Err(Failure::SignedOut);
        }
        Ok(response)
    }
}
