//! The kit that every screen is made of: plain components over native elements, styled by `site/styles.css`.

mod alert;
mod amount;
mod announcer;
mod button;
mod countdown;
mod dialog;
mod field;
pub mod format;
mod icon;
mod notice;
mod page_heading;
pub mod plot;
mod progress;
mod reactive;
mod sign_in_button;
mod skeleton;
mod stepper;
mod stylesheet;
mod table;
mod theme;

pub use self::{
    alert::Alert,
    amount::minor_units,
    announcer::{Announcer, LiveRegion, use_announcer},
    button::CommandButton,
    countdown::{CountdownStrip, use_remaining, use_second},
    dialog::Dialog,
    field::{ErrorSummary, FieldProblem, TextField},
    icon::Icon,
    notice::{CommandNotice, Freshness, LoadFailure},
    page_heading::PageHeading,
    progress::Progress,
    reactive::{If, handler, watch},
    sign_in_button::SignInButton,
    skeleton::Skeleton,
    stepper::Stepper,
    stylesheet::stylesheet,
    table::{Cell, NumberTable, Numbers, TableTwin},
    theme::ThemeToggle,
};
