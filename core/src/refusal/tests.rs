//! How tests know that each rule occurs in a table, and which cases they try.

/// Makes `NAMES`, the variants of an enum, and `name_of`, which tells them
/// apart. It does not compile while a variant is left out, and a test that
/// compares `NAMES` with a table's refusals fails while one has no row.
macro_rules! variants {
    ($type:ident: $($variant:ident),+ $(,)?) => {
        const NAMES: &[&str] = &[$(stringify!($variant)),+];

        fn name_of(refusal: &$type) -> &'static str {
            match refusal {
                $($type::$variant { .. } => stringify!($variant)),+
            }
        }
    };
}

pub(crate) use variants;

/// Properties are tried on the same cases every time, and leave no files.
/// `PROPTEST_RNG_SEED` and `PROPTEST_CASES` try others.
pub(crate) fn seeded(cases: u32) -> proptest::test_runner::Config {
    use proptest::test_runner::{Config, RngSeed, contextualize_config};
    contextualize_config(Config {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(0x00c0_4171),
        ..Config::default()
    })
}
