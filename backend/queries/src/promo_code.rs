//! Promo codes: to everybody what one does, to the organizer all of their conference's.

use plenary_http::{Call, Request, Response, Visibility, not_found, query, respond::cached_json};
use read_model::{ConferenceDoc, PromoCodeDoc, Row};
use shared::{
    ConferenceId, Problem, ProblemType, Timestamp, VersionToken,
    problem::{PromoCodeRefusal, PromoRefusal},
    text::{MaxUses, PromoCode},
    views::{PromoCodeView, PromoCodes, PromoTerms},
};

use crate::{
    Queries, Refusal,
    conference::{is_visible, visibility},
    minimum::{Minimum, Named, OnlyMinimum, Reading, found, named, wait},
};

impl Queries {
    /// What a code does, if it can be used now. One that was withdrawn is as unknown as one that never was.
    pub(crate) async fn promo_terms(
        &self,
        request: &Request,
        call: &Call,
    ) -> Result<Response, Refusal> {
        let id: ConferenceId = call.parameter(0)?;
        let code: PromoCode = call.parameter(1)?;
        let OnlyMinimum { min_version } = query(request)?;
        let found = wait(min_version.as_ref(), || self.look_at_code(id, &code)).await?;
        let (conference, doc) = found
            .filter(|(conference, _)| is_visible(conference, call.caller.as_ref()))
            .filter(|(_, doc)| !doc.withdrawn)
            .ok_or_else(not_found)?;
        if let Some(reason) = refusal(&doc, plenary_http::now()) {
            return Err(refused(code, reason).into());
        }
        Ok(cached_json(request, visibility(&conference), &terms(doc)))
    }

    pub(crate) async fn promo_codes(
        &self,
        request: &Request,
        call: &Call,
    ) -> Result<Response, Refusal> {
        let OnlyMinimum { min_version } = query(request)?;
        let minimum = min_version.as_ref();
        let conference = self.own_conference(call, minimum).await?;
        let codes = wait(minimum, || self.look_for_codes(&conference, minimum)).await?;
        Ok(cached_json(request, Visibility::Private, &codes))
    }

    async fn look_at_code(
        &self,
        id: ConferenceId,
        code: &PromoCode,
    ) -> Result<Reading<Option<(ConferenceDoc, PromoCodeDoc)>>, Refusal> {
        let key = PromoCodeDoc::key(id, code);
        let conference = self.views.catalogue.get(&ConferenceDoc::key(id)).await?;
        let promo_code = self.views.promo_codes.get(&key).await?;
        let mut seen = VersionToken::default();
        if let Some(row) = &conference {
            seen.advance(&row.source, row.version);
        }
        if let Some(row) = &promo_code {
            seen.advance(&row.source, row.version);
        }
        let both = conference.zip(promo_code);
        Ok(Reading {
            value: both.map(|(conference, promo_code)| (conference.doc, promo_code.doc)),
            own: Some(format!("promo#{key}")),
            seen,
        })
    }

    async fn look_for_codes(
        &self,
        conference: &Row<ConferenceDoc>,
        minimum: Option<&Minimum>,
    ) -> Result<Reading<PromoCodes>, Refusal> {
        let id = conference.doc.conference_id;
        let of_conference = |doc: &PromoCodeDoc| doc.conference_id == id;
        let by_conference = (PromoCodeDoc::BY_CONFERENCE, &*id.to_string());
        let codes = &self.views.promo_codes;
        let named = named_codes(minimum, id);
        let (mut rows, mut seen) = found(codes, by_conference, named, of_conference).await?;
        rows.sort_by(|one, other| one.doc.code.cmp(&other.doc.code));

        let mut as_of = VersionToken::default();
        as_of.advance(&conference.source, conference.version);
        seen.advance(&conference.source, conference.version);
        for row in &rows {
            as_of.advance(&row.source, row.version);
        }
        let now = plenary_http::now();
        Ok(Reading {
            value: PromoCodes {
                promo_codes: rows.into_iter().map(|row| view(row.doc, now)).collect(),
                as_of,
            },
            own: Some(conference.source.clone()),
            seen,
        })
    }
}

/// Those of the codes that the caller names which are of this conference.
fn named_codes(minimum: Option<&Minimum>, conference: ConferenceId) -> Vec<Named> {
    named(minimum, "promo#")
        .filter_map(|key| {
            let (of, code) = key.split_once('#')?;
            let key = PromoCodeDoc::key(conference, &code.parse().ok()?);
            (of.parse() == Ok(conference)).then(|| (format!("promo#{key}"), key))
        })
        .collect()
}

/// Why a new order could not use a code now. A view can be a moment behind: placing the order decides.
fn refusal(doc: &PromoCodeDoc, now: Timestamp) -> Option<PromoRefusal> {
    if doc.valid_from.is_some_and(|from| now < from) {
        Some(PromoRefusal::NotYetValid)
    } else if doc.valid_until.is_some_and(|until| until <= now) {
        Some(PromoRefusal::NoLongerValid)
    } else if doc
        .max_uses
        .is_some_and(|max| doc.used + doc.held(now) >= max.get())
    {
        Some(PromoRefusal::UsedUp)
    } else {
        None
    }
}

fn refused(promo_code: PromoCode, reason: PromoRefusal) -> Problem {
    let detail = match reason {
        PromoRefusal::NotYetValid => "This promo code cannot be used yet.",
        PromoRefusal::NoLongerValid => "The time of this promo code is over.",
        PromoRefusal::UsedUp => "As many orders use this promo code as may.",
        PromoRefusal::Unknown | PromoRefusal::NotForTheseSeats | PromoRefusal::NotCombinable => {
            "This promo code cannot be used here."
        }
    };
    Problem::new(ProblemType::PromoCodeRefused, detail)
        .with(PromoCodeRefusal { promo_code, reason })
}

fn terms(doc: PromoCodeDoc) -> PromoTerms {
    PromoTerms {
        code: doc.code,
        discount: doc.discount,
        seat_type_ids: doc.seat_type_ids,
        valid_until: doc.valid_until,
        combinable: doc.combinable,
    }
}

fn view(doc: PromoCodeDoc, now: Timestamp) -> PromoCodeView {
    PromoCodeView {
        valid_from: doc.valid_from,
        max_uses: doc.max_uses.map(MaxUses::get),
        used: doc.used,
        held: doc.held(now),
        withdrawn: doc.withdrawn,
        terms: terms(doc),
    }
}
