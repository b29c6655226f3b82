//! The event table: load, decide, append with a conditional write; codec, upcasts, sealed personal data.
