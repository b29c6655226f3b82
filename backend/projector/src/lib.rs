//! Lambda on the event table's stream: events -> views.
