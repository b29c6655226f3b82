//! What a request said, so that a retry can be told from another command under the same key.

use serde::{Serialize, de::DeserializeOwned};
use shared::Problem;

use crate::{Request, body};

/// Method, path and body in one canonical form: two requests that say the same have the same.
pub struct Said<'a> {
    request: &'a Request,
    text: Vec<u8>,
}

impl<'a> Said<'a> {
    /// What a request says by its address.
    pub fn by(request: &'a Request) -> Self {
        let text = format!("{} {}\n", request.method(), request.uri().path());
        Self {
            request,
            text: text.into_bytes(),
        }
    }

    /// The request's body, which it says as well.
    ///
    /// # Errors
    /// See [`body`].
    pub fn body<T: Serialize + DeserializeOwned>(&mut self) -> Result<T, Problem> {
        let value = body(self.request)?;
        // What was read can be written: these types are plain data.
        self.text
            .extend(serde_json::to_vec(&value).unwrap_or_default());
        Ok(value)
    }

    /// The whole of it.
    pub fn bytes(&self) -> &[u8] {
        &self.text
    }
}
