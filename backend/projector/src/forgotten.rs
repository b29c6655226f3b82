//! The rows of a person who was forgotten: folded anew, they show no name, as the key to it is gone.

use std::collections::BTreeSet;

use domain::booking::StreamId;
use event_store::{Failure, Hints, PersonKeys};
use read_model::{Generation, OrderDoc, ViewName};
use shared::{OrderId, PersonId};

use crate::{Projector, follow::Following, follow::failed, orders};

impl Projector {
    /// The keys that open what the views show.
    pub fn keys(&self) -> &PersonKeys {
        self.booking.keys()
    }

    /// Write the rows anew that show what was sealed under a person's key, in every generation that there is. Answers
    /// whether any of them was another before.
    ///
    /// Those are the rows of the orders that the person placed. The index that finds them may lag by a moment, and somebody
    /// who read a row before may be about to write it: only a later look that finds nothing to change knows that it is done.
    ///
    /// # Errors
    /// The database did not do its part, or a row or its stream cannot be read.
    pub async fn forget(&self, person: &PersonId) -> Result<bool, Failure> {
        let generations = self.views.generations.read_all().await.map_err(failed)?;
        let current = generations.of(ViewName::Orders);
        // The one that served before may not be dropped yet.
        let before = current.serving.previous();
        let all = [before, Some(current.serving), current.filling];
        let mut outcome = Ok(false);
        for generation in all.into_iter().flatten().collect::<BTreeSet<_>>() {
            let orders = self.views.orders.at(generation);
            let rows = orders.find(OrderDoc::BY_OWNER, &person.0).await;
            for row in rows.map_err(failed)? {
                // One that cannot be folded keeps no other back.
                match self.fold_anew(row.doc.order_id, generation).await {
                    Ok(changed) => outcome = outcome.map(|before| before | changed),
                    Err(failure) => outcome = Err(failure),
                }
            }
        }
        outcome
    }

    async fn fold_anew(&self, order: OrderId, generation: Generation) -> Result<bool, Failure> {
        Following {
            store: &self.booking,
            dead_letters: &self.dead_letters,
            stream: &StreamId::Order(order),
            hints: &Hints::everything(),
            view: ViewName::Orders,
            generation,
            follower: orders::row(self.views.orders.at(generation), order),
        }
        .anew()
        .await
    }
}
