//! Lambda: reads. It cannot link the domain or the event store's append.
