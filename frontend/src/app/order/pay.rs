//! Pay: what it costs, what the account has, and either the payment or the top-up that makes it possible.

use std::time::Duration;

use leptos::{ev, prelude::*};
use shared::{
    Money, OrderId,
    account::{AccountStatus, OpenTopUp, StartTopUp, TopUpAnswer, TopUpFailure},
    answers::{Accepted, OrderAnswer},
    endpoint::Name,
    requests::Nothing,
    views::OrderView,
};

use super::{
    Step,
    attendees::all_named,
    hold::{HoldStrip, Steps},
    leave::LeaveQuestion,
    paying::use_is_late,
    payment::{Payment, Setback, Standing, payment, top_up_amount},
    taken::ConfirmNotice,
    top_up::TopUpNote,
};
use crate::{
    api::{Command, MyAccount, Phase, live, use_command},
    app::{
        stub::{OrderStub, Sums},
        written::Written,
    },
    browser::focus,
    router::use_router,
    ui::{
        Alert, CommandButton, CommandNotice, Freshness, LoadFailure, PageHeading, Skeleton, format,
        handler, use_announcer, use_remaining, watch,
    },
};

/// The step before the ticket, for an order that costs something.
#[component]
pub fn PayScreen(order: Memo<OrderView>, pace: Memo<Duration>) -> impl IntoView {
    let id = order.with_untracked(|order| order.order_id);
    let router = use_router();
    watch(move || {
        if !order.with(all_named) {
            router.replace(&Step::Attendees.path(id));
        }
    });
    let mine = live(Memo::new(|_| MyAccount), pace);
    let note = RwSignal::new(TopUpNote::kept(id));
    let standing = Memo::new(move |_| {
        let accounts = mine.view.get()?;
        Some(order.with(|order| note.with(|note| payment(order, &accounts, note.as_ref()))))
    });
    let is_known = Memo::new(move |_| standing.with(Option::is_some));
    let has_failed = Memo::new(move |_| mine.upkeep.failure.with(Option::is_some));
    let purse = move || {
        let Some(first) = standing.get_untracked() else {
            return ().into_any();
        };
        let payment = Memo::new(move |_| standing.get().unwrap_or_else(|| first.clone()));
        view! { <Purse order payment note /> }.into_any()
    };
    view! {
        <HoldStrip order />
        <Steps order current=Step::Pay />
        <PageHeading title="Pay" />
        <Freshness upkeep=mine.upkeep />
        <div class="columns">
            <div class="pay">
                {move || match (is_known.get(), has_failed.get()) {
                    (true, _) => purse(),
                    (false, true) => view! { <LoadFailure upkeep=mine.upkeep /> }.into_any(),
                    (false, false) => {
                        view! { <Skeleton label="Loading your account" blocks=&["block", "line"] /> }.into_any()
                    }
                }}
                <p class="actions">
                    <a class="button" href=Step::Check.path(id)>
                        "Back to the check"
                    </a>
                    <LeaveQuestion order />
                </p>
            </div>
            <OrderStub order sums=false />
        </div>
    }
}

/// The one way that is open now.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Way {
    Pay,
    TopUp(Money),
    Wait(OpenTopUp),
    Follow,
    Stopped(AccountStatus),
}

/// The sums, and the way that is open.
#[component]
fn Purse(
    order: Memo<OrderView>,
    payment: Memo<Payment>,
    note: RwSignal<Option<TopUpNote>>,
) -> impl IntoView {
    let id = order.with_untracked(|order| order.order_id);
    let written = use_context::<Written>().unwrap_or_default();
    // Once accepted, the order's screen leads on by itself.
    let confirm = use_command(move |accepted: Accepted<OrderAnswer>| {
        written.accepted(accepted, Vec::new());
    });
    let (top_up, top_up_phase) = use_top_up(order, note);

    // A top-up that the person no longer waits for.
    let set_aside = RwSignal::new(None);
    // A payment that does not follow by itself after all can be asked for.
    let is_late = use_is_late(Signal::derive(move || {
        payment.with(|payment| payment.follows)
    }));
    let way = Memo::new(move |_| {
        let payment = payment.get();
        match payment.standing {
            _ if payment.follows && !is_late.get() => Way::Follow,
            Standing::Enough => Way::Pay,
            Standing::Short(missing) => Way::TopUp(missing),
            Standing::Waiting(missing, open) if set_aside.get() == Some(open.top_up_id) => {
                Way::TopUp(missing)
            }
            Standing::Waiting(_, open) => Way::Wait(open),
            Standing::Stopped(status) => Way::Stopped(status),
        }
    });
    let announcer = use_announcer();
    watch(move || match way.get() {
        Way::Wait(_) => announcer.say("Waiting for the payment provider."),
        Way::Follow => announcer.say("Your top-up arrived. Paying."),
        Way::Pay | Way::TopUp(_) | Way::Stopped(_) => {}
    });

    let setback = Memo::new(move |_| payment.with(|payment| payment.setback));
    let pay = Callback::new(move |()| confirm.send(Name::Confirm.path(&[&id]), &Nothing {}));
    view! {
        {move || setback.get().map(|setback| view! { <SetbackNotice setback /> })}
        <ConfirmNotice order phase=confirm.phase() safe="You were not charged." />
        <CommandNotice phase=top_up.phase() safe="You were not charged, and your seats are still held." />
        <Bill order payment />
        {move || match way.get() {
            Way::Pay => {
                let label = order.with(|order| format!("Pay {} from your balance", format::amount(order.total)));
                view! {
                    <p class="actions">
                        <CommandButton phase=confirm.phase() label busy_label="Paying…" test="pay" on_press=pay />
                    </p>
                }
                    .into_any()
            }
            Way::TopUp(missing) => view! { <TopUp id missing command=top_up phase=top_up_phase /> }.into_any(),
            Way::Wait(open) => view! { <Waiting open note set_aside /> }.into_any(),
            Way::Follow => {
                view! {
                    <p class="notice" data-test="top-up-arrived">
                        <strong>"Your top-up arrived."</strong>
                        " Paying with it now; the ticket follows by itself."
                    </p>
                }
                    .into_any()
            }
            Way::Stopped(status) => view! { <Stopped status /> }.into_any(),
        }}
    }
}

/// What it costs, and how far the account goes.
#[component]
fn Bill(order: Memo<OrderView>, payment: Memo<Payment>) -> impl IntoView {
    let sum = move |amount: &dyn Fn(&Payment) -> Money| {
        payment.with(|payment| format::amount(amount(payment)))
    };
    let credit = move || {
        let limit = payment.with(|payment| payment.credit_limit);
        (limit.minor > 0).then(|| {
            view! {
                <div>
                    <dt>"May go below zero by"</dt>
                    <dd>{format::amount(limit)}</dd>
                </div>
            }
        })
    };
    let missing = move || {
        let missing = payment.with(|payment| match payment.standing {
            Standing::Short(missing) | Standing::Waiting(missing, _) => {
                (!payment.follows).then_some(missing)
            }
            Standing::Enough | Standing::Stopped(_) => None,
        })?;
        Some(view! {
            <div class="sum">
                <dt>"Missing"</dt>
                <dd data-test="shortfall">{format::amount(missing)}</dd>
            </div>
        })
    };
    view! {
        <dl class="sums bill">
            <Sums order />
            <div>
                <dt>"Your balance"</dt>
                <dd data-test="balance">{move || sum(&|payment| payment.balance)}</dd>
            </div>
            {credit}
            {missing}
        </dl>
    }
}

/// Pay in what is missing, at the provider's page.
#[component]
fn TopUp(id: OrderId, missing: Money, command: Command, phase: Signal<Phase>) -> impl IntoView {
    let Some(amount) = top_up_amount(missing) else {
        return ().into_any();
    };
    let start = Callback::new(move |()| {
        let request = StartTopUp {
            amount,
            order_id: Some(id),
        };
        command.send(Name::StartTopUp.path(&[]), &request);
    });
    let amount = amount.get();
    let rest = match amount.minor - missing.minor {
        ..0 => " It takes more than one top-up to pay this booking.",
        0 => "",
        _ => " That is the least that can be topped up; the rest stays on your balance.",
    };
    view! {
        <p class="actions" id="top-up" tabindex="-1">
            <CommandButton
                phase
                label=format!("Top up {} and pay", format::amount(amount))
                busy_label="Going to the payment page…"
                test="top-up"
                on_press=start
            />
        </p>
        <p class="hint">
            "You pay at the payment provider's page and come back here. Your seats stay held meanwhile." {rest}
        </p>
    }
    .into_any()
}

/// The provider has not answered: the person may be back without having paid, or be ahead of its word.
#[component]
fn Waiting(
    open: OpenTopUp,
    note: RwSignal<Option<TopUpNote>>,
    set_aside: RwSignal<Option<shared::TopUpId>>,
) -> impl IntoView {
    let id = open.top_up_id;
    let remaining = use_remaining(Signal::stored(Some(open.until)));
    // Its page is known only to the tab that the person left for it.
    let page = Memo::new(move |_| {
        let note = note.get().filter(|note| note.top_up_id == id)?;
        (remaining.get() > Some(0)).then_some(note.checkout_url)
    });
    view! {
        <div class="notice" data-test="provider-waiting">
            <p>
                <strong>"Waiting for the payment provider…"</strong>
                " As soon as your payment of " {format::amount(open.amount)}
                " arrives, this page goes on by itself. You can also leave, and find the booking under My bookings."
            </p>
            <p>
                "If the payment arrives after your hold ended, you get the seats while they are free, otherwise the money is posted back to your balance."
            </p>
            <p class="actions">
                {move || page.get().map(|page| view! {
                    <a class="button" rel="external" href=page data-test="provider-page">
                        "Return to the payment page"
                    </a>
                })}
                <button
                    class="button"
                    type="button"
                    data-test="pay-anew"
                    on:click=handler(move |_| {
                        set_aside.set(Some(id));
                        // This button goes with the notice that it stands in.
                        focus("top-up");
                    })
                >
                    "I did not pay. Start again"
                </button>
            </p>
        </div>
    }
}

#[component]
fn SetbackNotice(setback: Setback) -> impl IntoView {
    let (test, what, safe) = match setback {
        Setback::NotEnough(missing) => (
            "declined",
            format!(
                "Not paid: your balance was {} short.",
                format::amount(missing)
            ),
            "You were not charged.",
        ),
        Setback::TopUp(TopUpFailure::Declined) => (
            "top-up-failed",
            "The card was declined; you were not charged.".to_owned(),
            "Try again, or with another card.",
        ),
        Setback::TopUp(TopUpFailure::Expired) => (
            "top-up-failed",
            "Nobody paid before the payment page ran out; you were not charged.".to_owned(),
            "Try again.",
        ),
    };
    view! {
        <Alert test>
            <p>
                <strong>{what}</strong>
                " " {safe}
                " Your booking is as it was, with every name."
            </p>
        </Alert>
    }
}

/// The account does not pay as it stands, whatever its balance.
#[component]
fn Stopped(status: AccountStatus) -> impl IntoView {
    let what = match status {
        AccountStatus::Pending => "Your account is not approved yet, so it cannot pay.",
        AccountStatus::Denied => "Your account was not approved, so it cannot pay.",
        AccountStatus::Closed => "Your account is closed, so it cannot pay.",
        AccountStatus::Blocked | AccountStatus::Active => {
            "Your account is blocked, so it cannot pay."
        }
    };
    view! {
        <div class="notice bad" role="alert" data-test="account-stopped">
            <p>
                <strong>{what}</strong>
                " Your seats are still held. "
                <a href="/account" rel="external">"See your account"</a>
                " for what can be done."
            </p>
        </div>
    }
}

/// The command that starts a top-up and leaves for the provider's page, and how it stands. The button stays busy until the
/// page is gone: a second press would be a second top-up.
fn use_top_up(
    order: Memo<OrderView>,
    note: RwSignal<Option<TopUpNote>>,
) -> (Command, Signal<Phase>) {
    let id = order.with_untracked(|order| order.order_id);
    let is_leaving = RwSignal::new(false);
    let command = use_command(move |accepted: Accepted<TopUpAnswer>| {
        let version =
            order.with_untracked(|order| order.timeline.last().map_or(0, |last| last.version));
        let started = TopUpNote::new(accepted, version);
        started.keep(id);
        is_leaving.set(true);
        _ = window().location().set_href(&started.checkout_url);
        note.set(Some(started));
    });
    // The browser may bring this very page back, as it was left.
    let shown_again = window_event_listener(ev::pageshow, move |_| is_leaving.set(false));
    on_cleanup(move || shown_again.remove());
    let phase = command.phase();
    let phase = Signal::derive(move || match is_leaving.get() {
        true => Phase::Sending,
        false => phase.get(),
    });
    (command, phase)
}
