//! Each fault planted into observations of a sound delegation.

mod coverage;
mod delegation;
mod servers;
mod trust;
mod world;
