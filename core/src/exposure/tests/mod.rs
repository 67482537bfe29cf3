//! Tables of the specification, and what holds for any zone.
