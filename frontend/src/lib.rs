//! The web app of attendees: Leptos, client-side rendered.
