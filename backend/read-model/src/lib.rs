//! The view tables: keys, documents, guarded writes.
