//! Time that runs out, by the server's clock: drawn each second, spoken each minute.

use std::time::Duration;

use leptos::prelude::*;
use shared::Timestamp;

use super::{If, format, use_announcer, watch};
use crate::api::use_client;

/// A signal that changes each second, as long as the calling component lives.
pub fn use_second() -> ReadSignal<u32> {
    let (second, set_second) = signal(0);
    let tick = move || {
        set_second.try_update(|second| *second += 1);
    };
    if let Ok(interval) = set_interval_with_handle(tick, Duration::from_secs(1)) {
        on_cleanup(move || interval.clear());
    }
    second
}

/// Milliseconds until a point in time, kept current; zero once it is past, none while there is no such point.
pub fn use_remaining(until: Signal<Option<Timestamp>>) -> Signal<Option<i64>> {
    let client = use_client();
    let second = use_second();
    Signal::derive(move || {
        second.track();
        until.get().map(|until| client.clock.until(until).max(0))
    })
}

/// The strip that drains like a torn ticket while seats are held.
#[component]
pub fn CountdownStrip(
    #[prop(into)] until: Signal<Option<Timestamp>>,
    /// When the time began to run.
    #[prop(into)]
    since: Signal<Timestamp>,
    /// What can be done about it, such as a button.
    children: Children,
) -> impl IntoView {
    let announcer = use_announcer();
    let remaining = use_remaining(until);
    let left = move || remaining.get().unwrap_or(0);

    // Spoken at each full minute: every second would talk over everything else.
    let mut spoken = None;
    watch(move || {
        let minute = left() / 60_000 + i64::from(left() > 0);
        if spoken
            .replace(minute)
            .is_some_and(|before| before != minute)
        {
            announcer.say(match left() {
                0 => {
                    "The hold has run out. You can still complete the booking while seats are free."
                        .to_owned()
                }
                left => format!(
                    "Your seats are held for {} more.",
                    format::spoken_duration(left)
                ),
            });
        }
    });

    // In hundredths of a percent, as a whole number: formatting fractions would cost the app 15 KB.
    let drained = move || {
        let whole = until
            .get()
            .map_or(0, |until| until.millis() - since.get().millis());
        let left = if whole > 0 {
            left().min(whole) * 10_000 / whole
        } else {
            0
        };
        let gone = 10_000 - left;
        format!("-{}.{:02}%", gone / 100, gone % 100)
    };
    view! {
        <div class="strip" class:over=move || left() == 0 data-test="countdown">
            <div class="strip-fill" aria-hidden="true" style:translate=drained></div>
            <div class="strip-text">
                <super::Icon name="clock" />
                <If when=move || { left() > 0 }>
                    <p>
                        "Held for you for "
                        <span class="clock" role="timer" aria-live="off" data-test="time-left">
                            {move || format::clock_face(left())}
                        </span>
                    </p>
                </If>
                <If when=move || left() == 0>
                    <p>
                        <strong>"The hold has run out."</strong>
                        " Nothing is lost: you can still complete the booking while the seats are free."
                    </p>
                </If>
                {children()}
            </div>
        </div>
    }
}
