//! What is judged, row by row as in `docs/guard.md`, and what holds for any case.

mod coverage;
mod holders;
mod holds;
mod properties;
mod servers;
mod trust;
mod world;
