//! A drop box: takes acts from anybody, and promises by a receipt that each is
//! on the ledger within the hour (invariant 11). It holds a key that signs
//! receipts, and no share. Whoever runs it need be neither a member nor the
//! secretariat: the charter names its key.
//!
//! It follows the ledger and judges every act by its own state. An act is
//! durably kept before its receipt is signed; it is then brought to the
//! secretariat until the ledger has it, in the end in an act of the box's own
//! that puts the receipt beside it.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`home`] | the box's directory: its card, its sealed key |
//! | [`store`] | the acts that it took, on the disk |
//! | [`desk`] | what it takes, and what it says of it; without a network |
//! | [`forward`] | following the ledger, and bringing acts there |
//! | [`requests`] | what is asked of it and answered, without the web |
//! | [`server`] | the web server |

pub mod desk;
pub mod forward;
pub mod home;
pub mod requests;
pub mod server;
pub mod store;
