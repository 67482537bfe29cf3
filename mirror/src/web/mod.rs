//! Web servers of ours: connections within limits, whatever is answered.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`door`] | connections: how many, from whom, how long |
//! | [`identity`] | by what a server shows who it is, over TLS |
//! | `pace` | a connection whose client has to go on reading |
//! | [`seats`] | room for so much and no more, some of it kept for those who are known |

pub mod door;
pub mod identity;
mod pace;
pub mod seats;
