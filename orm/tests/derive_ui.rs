//! Misuse of the derives, and what the compiler says: each `ui/*.rs` with its `.stderr`.
//!
//! `TRYBUILD=overwrite cargo test -p orm --test derive_ui` writes the messages anew; read the difference.

#[test]
fn misuse_is_explained_at_the_token_that_causes_it() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
