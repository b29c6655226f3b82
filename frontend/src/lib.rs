//! The web app of attendees, organizers and operators: Leptos, client-side rendered. `src/bin/app.rs` starts it.
//!
//! [`api`] is the one way data comes and goes, [`auth`] is who the person is, [`ui`] the kit that every screen is made
//! of, and [`app`] the screens.

pub mod api;
pub mod app;
pub mod auth;
pub mod browser;
pub mod clock;
pub mod router;
pub mod ui;
