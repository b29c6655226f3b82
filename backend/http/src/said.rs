//! What a request said, so that a retry can be told from another command under the same key.

use serde::{Serialize, de::DeserializeOwned};
use shared::Problem;

use crate::{Request, body};

/// Method, path and body in one canonical form: two requests that say the same have the same.
pub struct Said(Vec<u8>);

impl Said {
    /// What a request says by its address.
    pub fn by(request: &Request) -> Self {
        Self(format!("{} {}\n", request.method(), request.uri().path()).into_bytes())
    }

    /// The request's body, which it says as well.
    ///
    /// # Errors
    /// See [`body`].
    pub fn body<T: Serialize + DeserializeOwned>(
        &mut self,
        request: &Request,
    ) -> Result<T, Problem> {
        let value = body(request)?;
        // What was read can be written: these types are plain data.
        self.0
            .extend(serde_json::to_vec(&value).unwrap_or_default());
        Ok(value)
    }

    /// The whole of it.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}
