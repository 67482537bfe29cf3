//! The secretariat collects acts, runs ceremonies and sessions and writes the
//! ledger. It holds no share and decides no rule.

pub mod overview;
