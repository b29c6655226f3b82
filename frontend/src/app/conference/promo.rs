//! "Have a promo code?": closed until somebody asks, and downloaded only then.

use leptos::{prelude::*, task::spawn_local};

use super::form::Wish;
use crate::{app::later::promo_box, ui::handler};

/// The place for promo codes in the form. It is open where some were entered before.
#[component]
pub fn PromoCodes(wish: Wish) -> impl IntoView {
    let is_open = wish
        .choice
        .with_untracked(|choice| !choice.promo_codes.is_empty());
    let content = RwSignal::new(None::<ViewFn>);
    let has_failed = RwSignal::new(false);
    let fetch = move || {
        has_failed.set(false);
        spawn_local(async move {
            let fetched = promo_box(wish).await;
            // Asked for twice, it comes twice.
            if content.try_with_untracked(Option::is_none) == Some(true) {
                match fetched {
                    Ok(fetched) => content.set(Some(fetched)),
                    Err(_) => has_failed.set(true),
                }
            }
        });
    };
    if is_open {
        fetch();
    }
    view! {
        <details class="promo" open=is_open>
            <summary data-test="promo" on:click=handler(move |_| fetch())>
                "Have a promo code?"
            </summary>
            {move || match (content.get(), has_failed.get()) {
                (Some(content), _) => content.run(),
                (None, true) => {
                    view! { <p class="hint" role="status">"This could not be loaded. Close it and open it again."</p> }
                        .into_any()
                }
                (None, false) => view! { <p class="hint">"Loading…"</p> }.into_any(),
            }}
        </details>
    }
}
