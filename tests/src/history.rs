//! A history of both contexts, to be followed: booked, paid, given up and refunded.

use domain::{
    Actor, Context,
    accounts::{self, Accounts, Action},
    booking::{self, Booking, Command},
};
use event_store::{Envelope, EventStore, Fingerprint};
use local::{accounts_log, booking_log};
use shared::{
    CommandId, ConferenceId, Currency, Money, OrderId, PaymentId, PersonId, RefundId, SeatTypeId,
    Timestamp, TopUpId,
    account::TopUpAmount,
    requests::{
        AddSeatType, AssignAttendees, AssignedSeat, CreateConference, PlaceOrder, RequestedLine,
        ReviseConference,
    },
    text::{MaxPerOrder, Ordinal, Price, Quantity, Quota},
    views::Attendee,
};
use uuid::Uuid;

use crate::engine::Engine;

/// A small random number generator of known sequence (SplitMix64): a failing run can be run again.
pub struct Dice(pub u64);

impl Dice {
    /// A number below this.
    pub fn throw(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % sides as u64) as usize
    }

    /// Put these in an order of chance.
    pub fn shuffle<T>(&mut self, things: &mut [T]) {
        for last in (1..things.len()).rev() {
            things.swap(last, self.throw(last + 1));
        }
    }
}

/// Who sends Ada's commands, one a minute.
struct Ada {
    booking: EventStore<Booking>,
    accounts: EventStore<Accounts>,
    minute: i64,
}

impl Ada {
    #[expect(clippy::unwrap_used, reason = "these are fixed values")]
    fn envelope<R>(&mut self, rules: R) -> Envelope<R> {
        self.minute += 1;
        let id = CommandId(Uuid::from_u128(self.minute as u128));
        let contact = Attendee {
            name: "Ada Lovelace".parse().unwrap(),
            email: None,
        };
        Envelope {
            fingerprint: Fingerprint(*id.0.as_bytes()),
            context: Context {
                command_id: id,
                actor: Actor {
                    person: PersonId("ada".into()),
                    is_operator: false,
                    contact: Some(contact),
                },
                at: Timestamp::from_millis(1_800_000_000_000).plus_minutes(self.minute),
                rules,
            },
            correlation_id: id.0,
            causation_id: None,
        }
    }

    async fn book(&mut self, command: Command) -> CommandId {
        let envelope = self.envelope(booking::Rules::default());
        let _ = self.booking.execute(&command, &envelope).await;
        envelope.context.command_id
    }

    async fn account(&mut self, action: Action) {
        let envelope = self.envelope(accounts::Rules::default());
        let account = accounts::StreamId::Account {
            currency: Currency::EUR,
            person: PersonId("ada".into()),
        };
        let command = accounts::Command { account, action };
        let _ = self.accounts.execute(&command, &envelope).await;
    }
}

fn euros(minor: i64) -> Money {
    Money {
        minor,
        currency: Currency::EUR,
    }
}

/// Two conferences with two pools each; forty orders of one person that are placed, named, extended, paid and cancelled;
/// and the account that they are paid from. What is refused on the way is part of it.
///
/// # Panics
/// If one of these fixed values is not valid.
#[expect(clippy::unwrap_used, reason = "these are fixed values")]
pub async fn history(engine: &Engine) {
    let mut ada = Ada {
        booking: EventStore::new(engine.client.clone(), booking_log()),
        accounts: EventStore::new(engine.client.clone(), accounts_log()),
        minute: 0,
    };
    let conference = |number: u128| ConferenceId(Uuid::from_u128(number));
    let pool = |number: u128| SeatTypeId(Uuid::from_u128(number));
    let n = |number: i64| Ordinal::try_from(number).unwrap();
    for number in 0..2 {
        let request = CreateConference {
            name: "Rust Week".parse().unwrap(),
            slug: format!("rust-week-{number}").parse().unwrap(),
            description: "".parse().unwrap(),
            venue: "Jaarbeurs".parse().unwrap(),
            city: "Utrecht".parse().unwrap(),
            time_zone: "Europe/Amsterdam".parse().unwrap(),
            starts_at: "2027-05-18T07:00:00Z".parse().unwrap(),
            ends_at: "2027-05-22T15:00:00Z".parse().unwrap(),
            currency: Currency::EUR,
        };
        ada.book(Command::CreateConference(conference(number), request))
            .await;
        for seats in 0..2 {
            let request = AddSeatType {
                name: "Standard".parse().unwrap(),
                description: "".parse().unwrap(),
                price: Price::try_from(10_000).unwrap(),
                quota: Quota::try_from(60).unwrap(),
                max_per_order: MaxPerOrder::try_from(10).unwrap(),
            };
            let add = Command::AddSeatType(conference(number), pool(seats), request);
            ada.book(add).await;
        }
        ada.book(Command::Publish(conference(number))).await;
        let request = ReviseConference {
            city: "Delft".parse().ok(),
            ..ReviseConference::default()
        };
        ada.book(Command::ReviseConference(conference(number), request))
            .await;
    }
    for number in 0..40u128 {
        let order_id = OrderId(Uuid::from_u128(number));
        let conference_id = conference(number % 2);
        let line = |pool| RequestedLine {
            seat_type_id: pool,
            quantity: Quantity::try_from(3).unwrap(),
        };
        let place = PlaceOrder {
            order_id,
            conference_id,
            lines: vec![line(pool(0)), line(pool(1))],
            partial: true,
            promo_codes: Vec::new(),
        };
        ada.book(Command::PlaceOrder(place)).await;
        let name = |line, seat| AssignedSeat {
            line,
            seat,
            name: "Grace Hopper".parse().unwrap(),
            email: None,
        };
        let attendees = AssignAttendees {
            attendees: vec![name(n(1), n(1)), name(n(2), n(1))],
        };
        ada.book(Command::AssignAttendees(order_id, attendees))
            .await;
        if number % 3 == 0 {
            ada.book(Command::ExtendHold(order_id)).await;
        }
        if number % 4 != 1 {
            let confirm = ada.book(Command::Confirm(order_id)).await;
            let payment_id = PaymentId::derived(confirm.0, "payment");
            let top_up_id = TopUpId(Uuid::from_u128(number));
            let amount = euros(60_000);
            ada.account(Action::StartTopUp {
                top_up_id,
                amount: TopUpAmount::try_from(amount).unwrap(),
                provider: "test".to_owned(),
                order_id: Some(order_id),
            })
            .await;
            ada.account(Action::CreditTopUp {
                top_up_id,
                amount,
                reference: format!("reference-{number}"),
            })
            .await;
            ada.account(Action::Charge {
                payment_id,
                amount,
                conference_id,
                order_id,
            })
            .await;
            ada.book(Command::SettlePayment(order_id, payment_id, amount))
                .await;
            if number % 5 == 0 {
                let refund_id = RefundId(Uuid::from_u128(number));
                let amount = euros(10_000);
                ada.account(Action::Refund {
                    refund_id,
                    payment_id,
                    amount,
                })
                .await;
            }
        }
        if number % 5 == 0 {
            ada.book(Command::CancelSeats(order_id, n(1), vec![n(2)]))
                .await;
        }
        if number % 7 == 0 {
            ada.book(Command::CancelOrder(order_id)).await;
        }
    }
}
