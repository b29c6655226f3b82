//! The entry point of the attendee web app.

fn main() {
    frontend::app::start();
}
