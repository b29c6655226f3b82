//! Walking over the whole event table, page by page, in whatever order it hands its streams on.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::BoundedContext;

use crate::{EventStore, Fault};

/// How many items a walk over a whole table asks for at once. A page ends with a megabyte anyway; the embedded engine reads
/// all that is left for it unless it is told how much is wanted.
pub const SCAN_PAGE: i32 = 1_000;

type Item = HashMap<String, AttributeValue>;

/// A walk over the table. It holds one page of items.
pub(crate) struct Scan<'a, C: BoundedContext> {
    store: &'a EventStore<C>,
    /// The attributes to hand on; all of them where there is none.
    projection: Option<&'static str>,
    page: std::vec::IntoIter<Item>,
    next: Option<Item>,
    is_last: bool,
}

/// A walk over the names of the log's streams, each named once if its commits come together, as they do in DynamoDB.
pub struct Streams<'a, C: BoundedContext> {
    scan: Scan<'a, C>,
    latest: Option<String>,
}

impl<'a, C: BoundedContext> Scan<'a, C> {
    fn new(
        store: &'a EventStore<C>,
        projection: Option<&'static str>,
        after: Option<Item>,
    ) -> Self {
        Self {
            store,
            projection,
            page: Vec::new().into_iter(),
            next: after,
            is_last: false,
        }
    }

    pub(crate) async fn next(&mut self) -> Result<Option<Item>, Fault> {
        loop {
            if let Some(item) = self.page.next() {
                return Ok(Some(item));
            }
            if self.is_last {
                return Ok(None);
            }
            // `stream` is a word that DynamoDB keeps for itself.
            let names = self.projection.map(|_| {
                let name = |name: &str| (format!("#{name}"), name.to_owned());
                HashMap::from([name("stream"), name("version")])
            });
            let page = self
                .store
                .client
                .scan()
                .table_name(&self.store.tables.events)
                .consistent_read(true)
                .set_projection_expression(self.projection.map(str::to_owned))
                .set_expression_attribute_names(names)
                .limit(SCAN_PAGE)
                .set_exclusive_start_key(self.next.take())
                .send()
                .await
                .map_err(|error| Fault::database("Scan", error))?;
            self.next = page.last_evaluated_key;
            self.is_last = self.next.is_none();
            self.page = page.items.unwrap_or_default().into_iter();
        }
    }
}

impl<C: BoundedContext> Streams<'_, C> {
    /// The next stream's name; none at the end.
    ///
    /// # Errors
    /// The database refused or did not answer.
    pub async fn next(&mut self) -> Result<Option<String>, Fault> {
        while let Some(mut item) = self.scan.next().await? {
            let Some(AttributeValue::S(stream)) = item.remove("stream") else {
                continue;
            };
            if self.latest.as_ref() != Some(&stream) {
                self.latest = Some(stream.clone());
                return Ok(Some(stream));
            }
        }
        Ok(None)
    }
}

impl<C: BoundedContext> EventStore<C> {
    /// Walk over every item, or those that the table hands on after this key.
    pub(crate) fn scan_after(&self, key: Option<Item>) -> Scan<'_, C> {
        Scan::new(self, None, key)
    }

    /// Walk over the streams' names: all of them, or those that the table hands on after this one.
    pub fn streams(&self, after: Option<&str>) -> Streams<'_, C> {
        let key = after.map(|stream| {
            HashMap::from([
                ("stream".into(), AttributeValue::S(stream.to_owned())),
                ("version".into(), AttributeValue::N("1".into())),
            ])
        });
        Streams {
            scan: Scan::new(self, Some("#stream, #version"), key),
            latest: after.map(str::to_owned),
        }
    }

    /// Whether the log holds nothing.
    ///
    /// # Errors
    /// The database refused or did not answer.
    pub async fn is_empty(&self) -> Result<bool, Fault> {
        Ok(self.streams(None).next().await?.is_none())
    }
}
