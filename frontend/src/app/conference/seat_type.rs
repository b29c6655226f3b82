//! One seat type: price, how many are left right now, and a stepper.

use leptos::prelude::*;
use shared::{
    text::Quantity,
    views::{PromoTerms, SeatTypeOnSale},
};

use super::choice::price_after;
use crate::{
    app::catalogue::FEW,
    ui::{If, Stepper, format},
};

/// A row of the conference's page.
#[component]
pub fn SeatTypeRow(
    /// None only before it was ever sold.
    seat_type: Memo<Option<SeatTypeOnSale>>,
    /// What the promo codes entered take off its price.
    terms: RwSignal<Vec<PromoTerms>>,
    chosen: Signal<u32>,
    on_change: Callback<u32>,
) -> impl IntoView {
    let Some(first) = seat_type.get_untracked() else {
        return ().into_any();
    };
    let id = first.seat_type_id;
    let name = first.name.to_string();
    let remaining = Signal::derive(move || {
        seat_type.with(|kind| kind.as_ref().map_or(0, |kind| kind.remaining))
    });
    let held = move || seat_type.with(|kind| kind.as_ref().map_or(0, |kind| kind.held));
    let per_order = move || {
        let limit = seat_type.with(|kind| kind.as_ref().map_or(0, |kind| kind.max_per_order));
        limit.min(Quantity::MAX)
    };
    let is_sold_out = move || remaining.get() == 0;
    let offers_seats = Signal::derive(move || !is_sold_out() || chosen.get() != 0);
    let max = Signal::derive(move || per_order().min(remaining.get()));

    // A choice that has become too large is left as it is: the person decides what to give up.
    let warning = move || {
        let (chosen, remaining) = (chosen.get(), remaining.get());
        (chosen > remaining).then(|| match remaining {
            0 => "All taken since you chose.".to_owned(),
            1 => "Only 1 left since you chose.".to_owned(),
            left => format!("Only {left} left since you chose."),
        })
    };
    let price = move || {
        let kind = seat_type.get()?;
        let price = terms.with(|terms| price_after(&kind, terms));
        let before = (price != kind.price).then(|| {
            view! {
                <span class="visually-hidden">"Instead of "</span>
                <s>{format::price(kind.price)}</s>
                " "
            }
        });
        Some(view! { {before} {format::price(price)} })
    };
    view! {
        <li class="seat-type" class:sold-out=is_sold_out data-test=format!("seat-type-{id}")>
            <div class="seat-type-text">
                <h3>{name.clone()}</h3>
                <p class="hint">
                    {move || seat_type.with(|kind| kind.as_ref().map(|kind| kind.description.to_string()))}
                </p>
                <p class="left-now">
                    <span
                        class="left"
                        class:few=move || { remaining.get() <= FEW }
                        data-test=format!("remaining-{id}")
                    >
                        {move || match remaining.get() {
                            0 => "None left".to_owned(),
                            left => format!("{left} left"),
                        }}
                    </span>
                    <If when=move || { is_sold_out() && held() > 0 }>
                        <span class="hint">
                            {move || format::seats(held())}
                            " on hold by others may come back. This page updates by itself."
                        </span>
                    </If>
                    <span class="warning" data-test=format!("warning-{id}")>
                        {warning}
                    </span>
                </p>
            </div>
            <p class="price" data-test=format!("price-{id}")>
                {price}
            </p>
            <If when=offers_seats>
                <Stepper name=name.clone() id=id.to_string() value=chosen max on_change />
            </If>
            <If when=move || !offers_seats.get()>
                <span class="stamp">"Sold out"</span>
            </If>
        </li>
    }
    .into_any()
}
