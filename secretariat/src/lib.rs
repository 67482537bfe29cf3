//! secretariat
