//! The sign-in page.

use axum::response::Html;
use shared::text::{EmailAddress, PersonName};

use super::{
    authorization::Parameters,
    person::{OFFERED, Person},
};
use crate::page::{escape, fill, page};

/// What a person typed on the page.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Typed {
    pub name: String,
    pub email: String,
}

/// What was typed, and what is wrong with it.
pub struct Wrong {
    typed: Typed,
    name: Option<String>,
    email: Option<String>,
}

impl Typed {
    /// The person whom this says, or what is wrong with it.
    pub fn person(self) -> Result<Person, Wrong> {
        // The buttons of the people offered send an address alone; their names are known.
        let offered = OFFERED.iter().find(|offered| offered.email == self.email);
        let name = offered.map_or(self.name.as_str(), |offered| offered.name);
        match (
            self.email.parse::<EmailAddress>(),
            name.parse::<PersonName>(),
        ) {
            (Ok(email), Ok(name)) => Ok(Person::with_email(email, name)),
            (email, name) => Err(Wrong {
                name: name.err().map(|why| format!("The name {why}.")),
                email: email.err().map(|why| format!("The e-mail address {why}.")),
                typed: self,
            }),
        }
    }
}

/// The page on which a person says who they are.
pub fn sign_in(parameters: &Parameters, wrong: Option<&Wrong>) -> Html<String> {
    let carried: String = parameters
        .carried()
        .map(|(name, value)| {
            let value = escape(value);
            format!(r#"<input type="hidden" name="{name}" value="{value}">"#)
        })
        .concat();
    let people: String = OFFERED
        .iter()
        .map(|person| {
            format!(
                r#"<li><button name="email" value="{email}" data-test="sign-in-{role}"><span class="what">{name}</span> <span class="tag">{does}</span> <span class="note">{email}</span></button></li>"#,
                email = person.email,
                role = person.role,
                name = person.name,
                does = person.does,
            )
        })
        .collect();
    let name_error = wrong.and_then(|wrong| wrong.name.as_deref());
    let email_error = wrong.and_then(|wrong| wrong.email.as_deref());
    let error: String = [name_error, email_error]
        .into_iter()
        .flatten()
        .map(|why| format!("{} ", escape(why)))
        .collect();
    let error = match error.trim_end() {
        "" => String::new(),
        why => format!(r#"<p class="error" id="why" role="alert">{why}</p>"#),
    };
    // The first wrong field takes the focus.
    let attributes = |is_wrong: bool, is_first: bool| match (is_wrong, is_first) {
        (false, _) => "",
        (true, true) => r#" aria-invalid="true" aria-describedby="why" autofocus"#,
        (true, false) => r#" aria-invalid="true" aria-describedby="why""#,
    };
    let typed = wrong.map(|wrong| &wrong.typed);
    let content = fill(
        include_str!("sign_in.html"),
        &[
            ("carried", &carried),
            ("people", &people),
            ("error", &error),
            ("name_attributes", attributes(name_error.is_some(), true)),
            (
                "email_attributes",
                attributes(email_error.is_some(), name_error.is_none()),
            ),
            ("name", &escape(typed.map_or("", |typed| &typed.name))),
            ("email", &escape(typed.map_or("", |typed| &typed.email))),
        ],
    );
    page("Sign in", &content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_outside_is_text_and_nothing_else() {
        let hostile = r#""><script>alert('{people}')</script>"#;
        let parameters = Parameters {
            state: Some(hostile.into()),
            ..Parameters::default()
        };
        let typed = Typed {
            name: hostile.into(),
            email: hostile.into(),
        };
        let wrong = typed.person().err().unwrap();
        let Html(page) = sign_in(&parameters, Some(&wrong));
        assert!(!page.contains("<script"));
        assert_eq!(page.matches("sign-in-attendee").count(), 1);
    }

    #[test]
    fn the_page_offers_three_people_and_has_no_inline_style_or_script() {
        let Html(page) = sign_in(&Parameters::default(), None);
        for person in OFFERED {
            assert!(page.contains(person.name) && page.contains(person.email));
        }
        assert!(!page.contains("<style") && !page.contains("style=") && !page.contains("<script"));
        assert!(!page.contains('{') && !page.contains('}'));
    }

    #[test]
    fn what_is_wrong_is_said_and_what_was_typed_survives() {
        let typed = Typed {
            name: "Eve Example".into(),
            email: "eve".into(),
        };
        let wrong = typed.person().err().unwrap();
        let Html(page) = sign_in(&Parameters::default(), Some(&wrong));
        assert!(page.contains("The e-mail address") && page.contains("Eve Example"));
        assert_eq!(page.matches("autofocus").count(), 1);
    }
}
