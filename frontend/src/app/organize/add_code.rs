//! A new promo code.

use std::sync::Arc;

use leptos::prelude::*;
use shared::{
    Currency, ProblemType, SeatTypeId, Timestamp,
    answers::{Accepted, PromoCodeAnswer},
    endpoint::Name,
    problem::FieldErrors,
    requests::{AddPromoCode, Discount},
    text::{AmountOff, MaxUses, Percent, PromoCode},
    views::ConferencePage,
};
use web_sys::{Event, SubmitEvent};

use super::venue_time::at_venue;
use crate::{
    api::{Failure, use_command},
    ui::{
        CommandButton, CommandNotice, ErrorSummary, FieldProblem, TextField, format, handler,
        minor_units, watch,
    },
};

/// The ids of its fields.
const CODE: &str = "promo-code";
const OFF: &str = "promo-off";
const SEAT_TYPES: &str = "promo-seat-types";
const MOST: &str = "promo-most";
const FROM: &str = "promo-from";
const UNTIL: &str = "promo-until";

/// What is typed, as it is typed.
#[derive(Clone, Debug, Default)]
struct Typed {
    code: String,
    is_amount: bool,
    off: String,
    seat_type_ids: Vec<SeatTypeId>,
    most: String,
    from: String,
    until: String,
    combinable: bool,
}

/// The form.
#[component]
pub fn AddCodeForm(
    page: Memo<Arc<ConferencePage>>,
    is_adding: RwSignal<bool>,
    on_added: Callback<PromoCode>,
) -> impl IntoView {
    let first = page.get_untracked();
    let (id, currency) = (first.conference_id, first.currency);
    let zone = first.time_zone.to_string();
    let text = || RwSignal::new(String::new());
    let (code, off, most, from, until) = (text(), text(), text(), text(), text());
    let (is_amount, combinable) = (RwSignal::new(false), RwSignal::new(false));
    let seat_type_ids = RwSignal::new(Vec::new());
    let problems = RwSignal::new(Vec::new());
    let command = use_command(move |accepted: Accepted<PromoCodeAnswer>| {
        on_added.run(accepted.answer.code);
    });
    // What the server refuses at a field is shown at that field.
    let phase = command.phase();
    watch(move || {
        let refused = phase.with(|phase| phase.failure().and_then(refused_fields));
        if let Some(refused) = refused {
            problems.set(refused);
            command.clear();
        }
    });

    let venue_zone = zone.clone();
    let submit = move || {
        let typed = Typed {
            code: code.get_untracked(),
            is_amount: is_amount.get_untracked(),
            off: off.get_untracked(),
            seat_type_ids: seat_type_ids.get_untracked(),
            most: most.get_untracked(),
            from: from.get_untracked(),
            until: until.get_untracked(),
            combinable: combinable.get_untracked(),
        };
        let decimals = format::decimals(currency);
        match parse(&typed, decimals, &|local| at_venue(local, &venue_zone)) {
            Ok(request) => {
                problems.set(Vec::new());
                command.send(Name::AddPromoCode.path(&[&id]), &request);
            }
            Err(wrong) => problems.set(wrong),
        }
    };
    let seat_type = |kind: &shared::views::SeatTypeOnSale| {
        let id = kind.seat_type_id;
        let choose = move |event: Event| {
            let is_chosen = event_target_checked(&event);
            seat_type_ids.update(|chosen: &mut Vec<SeatTypeId>| {
                chosen.retain(|known| *known != id);
                if is_chosen {
                    chosen.push(id);
                }
            });
        };
        view! {
            <label class="checkbox">
                <input type="checkbox" data-test=format!("promo-seat-type-{id}") on:change=handler(choose) />
                <span>{kind.name.to_string()}</span>
            </label>
        }
    };
    let seat_types = first.seat_types.iter().map(seat_type).collect_view();
    view! {
        <form
            class="sheet"
            novalidate
            aria-label="Add a promo code"
            on:submit=handler(move |event: SubmitEvent| {
                event.prevent_default();
                submit();
            })
        >
            <ErrorSummary problems />
            <CommandNotice phase safe="No code was added." />
            <TextField
                id=CODE
                label="Code"
                hint="letters, digits and hyphens, such as EARLY-BIRD"
                autocomplete="off"
                value=code
                problems
            />
            <fieldset>
                <legend>"What it takes off each seat"</legend>
                <DiscountKind is_amount currency />
            </fieldset>
            <TextField
                id=OFF
                label="How much"
                hint="a whole number of percent, or an amount"
                inputmode="decimal"
                autocomplete="off"
                value=off
                problems
            />
            <fieldset id=SEAT_TYPES tabindex="-1">
                <legend>"For which seats" <span class="hint">" none chosen: all of them"</span></legend>
                {seat_types}
            </fieldset>
            <TextField
                id=MOST
                label="For how many bookings"
                hint="(optional; any number if left empty)"
                inputmode="numeric"
                autocomplete="off"
                value=most
                problems
            />
            <div class="pair">
                <TextField id=FROM label="From" hint="(optional)" kind="datetime-local" value=from problems />
                <TextField id=UNTIL label="Until" hint="(optional)" kind="datetime-local" value=until problems />
            </div>
            <p class="hint">{format!("By the clock at the venue ({zone}).")}</p>
            <label class="checkbox">
                <input
                    type="checkbox"
                    data-test="promo-combinable"
                    on:change=handler(move |event: Event| combinable.set(event_target_checked(&event)))
                />
                <span>
                    "It may be used together with others"
                    <span class="hint">"that say the same of themselves"</span>
                </span>
            </label>
            <div class="actions">
                <CommandButton phase label="Add the code" busy_label="Adding…" test="save-code" />
                <button
                    class="button quiet"
                    type="button"
                    data-test="leave-code"
                    on:click=handler(move |_| is_adding.set(false))
                >
                    "Do not add it"
                </button>
            </div>
        </form>
    }
}

#[component]
fn DiscountKind(is_amount: RwSignal<bool>, currency: Currency) -> impl IntoView {
    let radio = |of_amount: bool, label: String, test: &'static str| {
        view! {
            <label class="checkbox">
                <input
                    type="radio"
                    name="promo-kind"
                    data-test=test
                    prop:checked=move || is_amount.get() == of_amount
                    on:change=handler(move |_: Event| is_amount.set(of_amount))
                />
                <span>{label}</span>
            </label>
        }
    };
    view! {
        <div class="radios">
            {radio(false, "Percent".into(), "promo-percent")}
            {radio(true, format!("Amount in {currency}"), "promo-amount")}
        </div>
    }
}

/// The request, or everything that is wrong. `moment` reads a time at the venue.
fn parse(
    typed: &Typed,
    decimals: u32,
    moment: &dyn Fn(&str) -> Option<Timestamp>,
) -> Result<AddPromoCode, Vec<FieldProblem>> {
    let mut wrong = Vec::new();
    let mut refuse = |id: &str, message: String| {
        wrong.push(FieldProblem {
            id: id.into(),
            message,
        });
    };
    let code = typed.code.parse::<PromoCode>();
    if let Err(invalid) = &code {
        refuse(CODE, format!("The code {}", invalid.0));
    }
    let discount = discount(typed, decimals);
    if let Err(message) = &discount {
        refuse(OFF, message.clone());
    }
    let max_uses = match typed.most.trim() {
        "" => Ok(None),
        text => number(text).and_then(|number| {
            let most = MaxUses::try_from(number).map(Some);
            most.map_err(|invalid| invalid.0)
        }),
    };
    if let Err(reason) = &max_uses {
        refuse(MOST, format!("The number of bookings {reason}"));
    }
    let mut time = |id, text: &str| match text {
        "" => None,
        text => {
            let at = moment(text);
            if at.is_none() {
                refuse(id, "Enter a day and a time, or leave both empty".into());
            }
            at
        }
    };
    let (valid_from, valid_until) = (time(FROM, &typed.from), time(UNTIL, &typed.until));
    if let (Some(from), Some(until)) = (valid_from, valid_until)
        && until <= from
    {
        refuse(UNTIL, "It must end after it begins".into());
    }
    match (code, discount, max_uses) {
        (Ok(code), Ok(discount), Ok(max_uses)) if wrong.is_empty() => Ok(AddPromoCode {
            code,
            discount,
            seat_type_ids: typed.seat_type_ids.clone(),
            max_uses,
            valid_from,
            valid_until,
            combinable: typed.combinable,
        }),
        _ => Err(wrong),
    }
}

fn discount(typed: &Typed, decimals: u32) -> Result<Discount, String> {
    if typed.is_amount {
        let amount = minor_units(&typed.off, decimals)
            .and_then(|minor| AmountOff::try_from(minor).ok())
            .ok_or("The amount must be a number above zero, such as 5 or 5.50")?;
        return Ok(Discount::Amount(amount));
    }
    let percent = number(typed.off.trim())
        .and_then(|number| Percent::try_from(number).map_err(|invalid| invalid.0));
    percent
        .map(Discount::Percent)
        .map_err(|reason| format!("The percentage {reason}"))
}

fn number(text: &str) -> Result<i64, String> {
    text.parse()
        .map_err(|_| "must be a whole number".to_owned())
}

/// What the server refused, at its fields.
fn refused_fields(failure: &Failure) -> Option<Vec<FieldProblem>> {
    if failure.kind() == Some(ProblemType::PromoCodeExists) {
        return Some(vec![FieldProblem {
            id: CODE.into(),
            message: "There is such a code already, perhaps a withdrawn one. Choose another name"
                .into(),
        }]);
    }
    let FieldErrors { errors } = failure.extension(ProblemType::InvalidRequest)?;
    let field = |error: shared::problem::FieldError| {
        let root = error.field.split(['.', '[']).next().unwrap_or_default();
        let id = match root {
            "code" => CODE,
            "discount" => OFF,
            "seat_type_ids" => SEAT_TYPES,
            "max_uses" => MOST,
            "valid_from" => FROM,
            "valid_until" => UNTIL,
            _ => return None,
        };
        Some(FieldProblem {
            id: id.into(),
            message: format!("This {}", error.detail),
        })
    };
    // One that is at no field of this form is better said as the server says it.
    errors.into_iter().map(field).collect()
}

#[cfg(test)]
mod tests {
    use shared::Problem;

    use super::*;

    fn typed() -> Typed {
        Typed {
            code: "early-bird".into(),
            off: "20".into(),
            ..Typed::default()
        }
    }

    fn moment(local: &str) -> Option<Timestamp> {
        format!("{local}:00Z").parse().ok()
    }

    fn ids(typed: &Typed) -> Vec<String> {
        let wrong = parse(typed, 2, &moment).unwrap_err();
        wrong.into_iter().map(|problem| problem.id).collect()
    }

    #[test]
    fn what_is_typed_becomes_the_request() {
        let request = parse(&typed(), 2, &moment).unwrap();
        assert_eq!(request.code.as_str(), "EARLY-BIRD");
        assert_eq!(
            request.discount,
            Discount::Percent(Percent::try_from(20).unwrap())
        );
        assert_eq!((request.max_uses, request.valid_until), (None, None));

        let amount = Typed {
            is_amount: true,
            off: "5,50".into(),
            most: "50".into(),
            until: "2027-05-03T18:00".into(),
            ..typed()
        };
        let request = parse(&amount, 2, &moment).unwrap();
        assert_eq!(
            request.discount,
            Discount::Amount(AmountOff::try_from(550).unwrap())
        );
        assert_eq!(request.max_uses.map(MaxUses::get), Some(50));
        assert_eq!(request.valid_until, "2027-05-03T18:00:00Z".parse().ok());
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_its_field() {
        assert_eq!(ids(&Typed::default()), [CODE, OFF]);
        let off = |off: &str, is_amount| Typed {
            off: off.into(),
            is_amount,
            ..typed()
        };
        for wrong in [
            off("0", false),
            off("101", false),
            off("12.5", false),
            off("0", true),
        ] {
            assert_eq!(ids(&wrong), [OFF], "{}", wrong.off);
        }
        let most = Typed {
            most: "many".into(),
            ..typed()
        };
        assert_eq!(ids(&most), [MOST]);
        let backwards = Typed {
            from: "2027-05-03T18:00".into(),
            until: "2027-05-03T17:00".into(),
            ..typed()
        };
        assert_eq!(ids(&backwards), [UNTIL]);
    }

    #[test]
    fn a_refusal_stands_at_its_field_if_it_has_one_here() {
        let refused = |kind, errors: &[&str]| {
            let errors = errors.iter().map(|field| shared::problem::FieldError {
                field: (*field).into(),
                detail: "is wrong".into(),
            });
            let problem = Problem::new(kind, "No.").with(FieldErrors {
                errors: errors.collect(),
            });
            refused_fields(&Failure::Problem(problem)).map(|wrong| {
                wrong
                    .into_iter()
                    .map(|problem| problem.id)
                    .collect::<Vec<_>>()
            })
        };
        let invalid = ProblemType::InvalidRequest;
        assert_eq!(
            refused(invalid, &["discount.percent"]),
            Some(vec![OFF.into()])
        );
        assert_eq!(refused(invalid, &["idempotency_key"]), None);
        assert_eq!(
            refused(ProblemType::PromoCodeExists, &[]),
            Some(vec![CODE.into()])
        );
        assert_eq!(refused(ProblemType::Busy, &[]), None);
    }
}
