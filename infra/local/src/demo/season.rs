//! What is on in the demo season, and how well it sells.

use std::collections::BTreeMap;

use shared::Timestamp;

/// A conference of the season.
pub struct Show {
    pub slug: &'static str,
    pub name: &'static str,
    pub description: &'static str,
    pub venue: &'static str,
    pub city: &'static str,
    pub time_zone: &'static str,
    pub currency: &'static str,
    /// The first Tuesday at least so many days from the season's start.
    in_days: i64,
    /// Opening time in UTC, so that doors open at nine or ten in the morning there.
    opens_at_utc: i64,
    days: i64,
    pub seat_types: &'static [SeatType],
}

/// A seat type and how it sells.
pub struct SeatType {
    pub name: &'static str,
    pub description: &'static str,
    /// Minor units.
    pub price: i64,
    pub quota: u32,
    /// The quantities of the orders that were placed and confirmed.
    sold: &'static [u32],
}

/// An order of the season.
pub struct Order {
    pub buyer: &'static Buyer,
    /// The seat type's place in its conference.
    pub seat_type: usize,
    pub quantity: u32,
}

/// What a buyer pays in before the season.
pub struct TopUp {
    pub buyer: &'static Buyer,
    pub currency: &'static str,
    /// Minor units.
    pub amount: i64,
}

/// Somebody who buys in the demo.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub struct Buyer {
    pub name: &'static str,
    pub email: &'static str,
}

const fn buyer(name: &'static str, email: &'static str) -> Buyer {
    Buyer { name, email }
}

const BUYERS: [Buyer; 6] = [
    buyer("Mina Okafor", "mina@example.net"),
    buyer("Jonas Lindqvist", "jonas@example.net"),
    buyer("Priya Raman", "priya@example.net"),
    buyer("Tomasz Zielinski", "tomasz@example.net"),
    buyer("Claire Dubois", "claire@example.net"),
    buyer("Daniel Reyes", "daniel@example.net"),
];
/// One of the three people whom the sign-in page offers: her bookings are not empty.
const ADA: Buyer = buyer("Ada Attendee", "ada@example.org");
/// What she has left, in cents.
const ADAS_REST: i64 = 25_000;
/// The conference to which Ada goes.
const ADAS: &str = "rust-in-production";

const DAY: i64 = 86_400_000;
const HOUR: i64 = 3_600_000;

impl Show {
    /// When it begins and ends.
    pub fn dates(&self, counts_from: Timestamp) -> (Timestamp, Timestamp) {
        let first = counts_from.millis().div_euclid(DAY) + self.in_days;
        // 1970-01-01 was a Thursday: day 5 was the first Tuesday.
        let tuesday = first + (5 - first).rem_euclid(7);
        let opens = tuesday * DAY + self.opens_at_utc * HOUR;
        let closes = opens + (self.days - 1) * DAY + 8 * HOUR;
        (
            Timestamp::from_millis(opens),
            Timestamp::from_millis(closes),
        )
    }

    /// The orders that were placed for it.
    pub fn orders(&self) -> impl Iterator<Item = Order> {
        let others = self
            .seat_types
            .iter()
            .enumerate()
            .flat_map(|(seat_type, of)| {
                of.sold
                    .iter()
                    .enumerate()
                    .map(move |(number, quantity)| Order {
                        buyer: &BUYERS[(seat_type + number) % BUYERS.len()],
                        seat_type,
                        quantity: *quantity,
                    })
            });
        let adas = (self.slug == ADAS).then_some(Order {
            buyer: &ADA,
            seat_type: 1,
            quantity: 1,
        });
        others.chain(adas)
    }
}

/// What each buyer pays in: what their orders will cost. Ada has something left.
pub fn top_ups() -> impl Iterator<Item = TopUp> {
    let mut costs = BTreeMap::from([((&ADA, "EUR"), ADAS_REST)]);
    for show in &SEASON {
        for order in show.orders() {
            let price = show.seat_types[order.seat_type].price;
            let cost = costs.entry((order.buyer, show.currency)).or_default();
            *cost += price * i64::from(order.quantity);
        }
    }
    let bought = costs.into_iter().filter(|(_, amount)| *amount > 0);
    bought.map(|((buyer, currency), amount)| TopUp {
        buyer,
        currency,
        amount,
    })
}

/// The season.
pub const SEASON: [Show; 7] = [
    Show {
        slug: "rust-in-production",
        name: "Rust in Production",
        description: "Two days with people who run Rust where it matters: databases, trains, payment rails and \
                      satellites. Long talks, honest numbers, and an evening by the river.\n\nAll talks are in \
                      English and captioned live.",
        venue: "Alte Münze",
        city: "Berlin",
        time_zone: "Europe/Berlin",
        currency: "EUR",
        in_days: 38,
        opens_at_utc: 8,
        days: 2,
        seat_types: &[
            SeatType {
                name: "Early bird",
                description: "The first forty seats.",
                price: 19_000,
                quota: 40,
                sold: &[10, 8, 6, 10, 4, 2],
            },
            SeatType {
                name: "Regular",
                description: "Both days, lunch, and the evening.",
                price: 29_000,
                quota: 180,
                sold: &[4, 2, 1, 3],
            },
            SeatType {
                name: "Supporter",
                description: "Pays for a second seat that is given away.",
                price: 54_000,
                quota: 20,
                sold: &[1],
            },
        ],
    },
    Show {
        slug: "distributed-systems-days",
        name: "Distributed Systems Days",
        description: "Consensus, queues, clocks and the outages they were invented for. One track of talks; the \
                      workshops on the third day are small and hands-on.",
        venue: "Centro Cultural de Belém",
        city: "Lisbon",
        time_zone: "Europe/Lisbon",
        currency: "EUR",
        in_days: 52,
        opens_at_utc: 9,
        days: 3,
        seat_types: &[
            SeatType {
                name: "Conference",
                description: "The talks on days one and two.",
                price: 42_000,
                quota: 320,
                sold: &[6, 10, 3],
            },
            SeatType {
                name: "Conference and workshop",
                description: "All three days; bring a laptop.",
                price: 69_000,
                quota: 24,
                sold: &[5, 4, 6, 3],
            },
            SeatType {
                name: "Student",
                description: "With a student card, shown at the door.",
                price: 9_000,
                quota: 40,
                sold: &[1, 2],
            },
        ],
    },
    Show {
        slug: "nordic-data-forum",
        name: "Nordic Data Forum",
        description: "What the public sector of five countries learned about open data, told by the people who \
                      publish it and those who build on it.",
        venue: "Oodi Central Library",
        city: "Helsinki",
        time_zone: "Europe/Helsinki",
        currency: "EUR",
        in_days: 24,
        opens_at_utc: 7,
        days: 1,
        seat_types: &[SeatType {
            name: "Seat",
            description: "With coffee, lunch and the printed proceedings.",
            price: 14_000,
            quota: 40,
            sold: &[10, 10, 8, 6, 3],
        }],
    },
    Show {
        slug: "letterforms",
        name: "Letterforms",
        description: "A small gathering on type design, lettering and the screens they end up on. Twenty-four \
                      chairs around one long table.",
        venue: "Galeria Starmach",
        city: "Kraków",
        time_zone: "Europe/Warsaw",
        currency: "PLN",
        in_days: 31,
        opens_at_utc: 8,
        days: 1,
        seat_types: &[SeatType {
            name: "Chair",
            description: "",
            price: 65_000,
            quota: 24,
            sold: &[8, 6, 10],
        }],
    },
    Show {
        slug: "maps-for-everyone",
        name: "Maps for Everyone",
        description: "A free day for people who map their own streets: field papers in the morning, editing \
                      together in the afternoon. Beginners are welcome; tablets are there to borrow.",
        venue: "iHub",
        city: "Nairobi",
        time_zone: "Africa/Nairobi",
        currency: "KES",
        in_days: 17,
        opens_at_utc: 6,
        days: 1,
        seat_types: &[SeatType {
            name: "Free seat",
            description: "Please cancel if you cannot come: others are waiting.",
            price: 0,
            quota: 80,
            sold: &[10, 7, 9, 4],
        }],
    },
    Show {
        slug: "cloud-operations-summit",
        name: "Cloud Operations Summit",
        description: "Running large systems without heroics: capacity, cost, on-call that people stay in, and \
                      incident reviews with the people who were there.",
        venue: "Palmer House",
        city: "Chicago",
        time_zone: "America/Chicago",
        currency: "USD",
        in_days: 73,
        opens_at_utc: 14,
        days: 3,
        seat_types: &[
            SeatType {
                name: "Standard",
                description: "All sessions.",
                price: 89_900,
                quota: 450,
                sold: &[10, 5, 8],
            },
            SeatType {
                name: "All access",
                description: "All sessions, the workshops and the dinner.",
                price: 149_000,
                quota: 60,
                sold: &[2, 4],
            },
        ],
    },
    Show {
        slug: "kyoto-interaction-week",
        name: "Kyoto Interaction Week",
        description: "Calm technology, physical interfaces and the craft behind them, in a hall that is older \
                      than most of what we design. Interpreted between Japanese and English.",
        venue: "Kyoto International Conference Center",
        city: "Kyoto",
        time_zone: "Asia/Tokyo",
        currency: "JPY",
        in_days: 101,
        opens_at_utc: 0,
        days: 4,
        seat_types: &[
            SeatType {
                name: "Week",
                description: "All four days.",
                price: 58_000,
                quota: 200,
                sold: &[4, 6],
            },
            SeatType {
                name: "One day",
                description: "A day of your choice; say which at the door.",
                price: 19_000,
                quota: 100,
                sold: &[2],
            },
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_conference_begins_on_a_tuesday_to_come() {
        let counts_from: Timestamp = "2027-05-07T12:00:00Z".parse().unwrap();
        for show in &SEASON {
            let (starts, ends) = show.dates(counts_from);
            assert_eq!(
                starts.millis().div_euclid(DAY).rem_euclid(7),
                5,
                "{}",
                show.slug
            );
            assert!(counts_from < starts && starts < ends);
        }
    }

    #[test]
    fn each_buyer_can_pay_in_at_once_what_the_season_costs() {
        for top_up in top_ups() {
            let currency = top_up.currency.to_owned().try_into().unwrap();
            let amount = shared::Money {
                minor: top_up.amount,
                currency,
            };
            assert!(shared::account::TopUpAmount::try_from(amount).is_ok());
        }
    }

    #[test]
    fn nothing_is_sold_that_is_not_there_and_one_conference_is_sold_out() {
        let left = |seat_type: &SeatType| seat_type.quota - seat_type.sold.iter().sum::<u32>();
        for seat_type in SEASON.iter().flat_map(|show| show.seat_types) {
            assert!(seat_type.sold.iter().sum::<u32>() <= seat_type.quota);
        }
        assert!(
            SEASON
                .iter()
                .any(|show| show.seat_types.iter().all(|of| left(of) == 0))
        );
    }
}
