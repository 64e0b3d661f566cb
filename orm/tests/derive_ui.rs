//! Misuse of the derives, and what the compiler says: each `ui/*.rs` with its `.stderr`.
//!
//! `TRYBUILD=overwrite cargo test -p orm --test derive_ui` writes the messages anew; read the difference.

#[test]
fn misuse_is_explained_at_the_token_that_causes_it() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*.rs");
    // Messages that list the blocking and the async type.
    #[cfg(feature = "async")]
    cases.compile_fail("tests/ui_async/*.rs");
}
