//! Pure deciders of the booking context: conference, seat availability, order. No IO, no async, no clock.
