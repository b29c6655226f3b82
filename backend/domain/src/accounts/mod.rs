//! The accounts context: a person's ledger.
