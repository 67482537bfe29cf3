//! Editions: what is to be signed, and what a published zone must be.
