//! Lambda: the booking context's commands.
