//! The event table: the only source of truth, and the only code that writes to it.
//!
//! [`EventStore::execute`] is the road of every command: gather the states it needs (kept ones without a read), decide,
//! append with a conditional write, and begin again where somebody else was faster. One item is one [`Commit`]: what
//! one append put on one stream. Nothing here updates or deletes an item, ever.
//!
//! | module | holds |
//! |---|---|
//! | [`execute`](EventStore::execute) | gather, decide, append, bounded retry with full jitter, first answers again |
//! | `append` | one `PutItem`, or one `TransactWriteItems` where several streams must agree |
//! | `load` | reading commits, folding them from the nearest state on |
//! | [`then`](EventStore::then) | a stream as it was at any version or moment |
//! | `embedded`, `merge_patch` | the states that stand in the log, each as its difference from an earlier one |
//! | `folded`, `kept` | a stream's folded state, and the bounded cache of them |
//! | `turns` | one at a time on a contended stream within one process |
//! | `commit`, `codec` | the storage format, its hash chain, its upcasts |
//! | [`StoredCommit`], [`Streams`] | the log as it is stored, stream after stream: what is exported and put back |
//! | [`Chain`], [`Verification`], [`Head`] | proof: each commit follows on the one before it, and none is missing |
//! | [`LogPage`], [`Position`] | the whole log in steps, each from where the one before left off |
//! | [`Batch`] | following the table's stream: records as hints, by stream |
//! | `keys`, `key_table` | personal data sealed under a key per person; the keys, and their end |

mod append;
mod base64_text;
mod batch;
mod became;
mod codec;
mod commit;
mod embedded;
mod execute;
mod fault;
mod folded;
#[cfg(test)]
mod golden;
mod heads;
mod kept;
mod key_table;
mod keys;
mod load;
mod merge_patch;
mod scan;
mod stored;
mod tables;
mod then;
mod turns;
mod upcast;
mod verify;
mod walk;

pub use batch::{Batch, Failure, Hints};
pub use became::became;
pub use codec::{DecodeError, StoredEvent};
pub use commit::{Commit, Entry, Hash, Recorded, StoredEntry};
pub use execute::{ATTEMPTS, Envelope, ExecuteError, Outcome};
pub use fault::Fault;
pub use folded::Fingerprint;
pub use heads::{Head, Heads, HeadsError, HeadsWriter, PublicKey, Signature};
pub use key_table::{KEY_KEPT, StoredKey};
pub use keys::PersonKeys;
pub use scan::{SCAN_PAGE, Streams};
pub use stored::{Page, ReadError, Restored, StoredCommit, TRANSACTION};
pub use tables::{Tables, create_table, create_tables};
pub use then::{Moment, Then};
pub use verify::{Chain, Misfit, Verification, Wrong};
pub use walk::{LogPage, Position};

use std::sync::Arc;

use domain::BoundedContext;

/// One bounded context's event table, and the key table of the deployment. Cheap to clone; clones share their caches.
pub struct EventStore<C: BoundedContext> {
    client: aws_sdk_dynamodb::Client,
    tables: Arc<Tables>,
    keys: PersonKeys,
    kept: Arc<kept::Kept<C>>,
    turns: Arc<turns::Turns<C>>,
}

impl<C: BoundedContext> Clone for EventStore<C> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            tables: self.tables.clone(),
            keys: self.keys.clone(),
            kept: self.kept.clone(),
            turns: self.turns.clone(),
        }
    }
}

impl<C: BoundedContext> EventStore<C> {
    /// Over this DynamoDB and these tables.
    pub fn new(client: aws_sdk_dynamodb::Client, tables: Tables) -> Self {
        Self {
            keys: PersonKeys::new(client.clone(), tables.keys.clone()),
            client,
            tables: Arc::new(tables),
            kept: Arc::default(),
            turns: Arc::default(),
        }
    }

    /// The keys under which personal data is sealed.
    pub fn keys(&self) -> &PersonKeys {
        &self.keys
    }
}
