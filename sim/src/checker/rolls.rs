//! How one key follows another.

use comity_core::state::KeyStage;

/// Whether a key in this stage does no harm any more, whoever has it.
pub(super) fn is_over(stage: KeyStage) -> bool {
    matches!(stage, KeyStage::Revoked { .. } | KeyStage::Gone)
}
