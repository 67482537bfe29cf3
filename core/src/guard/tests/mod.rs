//! What is judged, row by row as in `docs/guard.md`.
