//! What holds after any history.
//!
//! | module | what it tries |
//! | --- | --- |
//! | `votes` | every outcome of a vote, against the rule in other words |

mod votes;
