//! Names the reader's copies of the labs to rust-analyzer, which knows a file only as a part of a crate. No other tool compiles these modules.

/// Hides the modules from rustfmt, which would look for files that are not there yet.
macro_rules! modules {
    ($($module:item)*) => { $($module)* };
}

modules! {
    #[path = "../../../mine/01_first_mapping.rs"]
    mod lab_01;
    #[path = "../../../mine/02_nullable_unique_long.rs"]
    mod lab_02;
    #[path = "../../../mine/03_add_and_commit.rs"]
    mod lab_03;
    #[path = "../../../mine/04_same_row_same_key.rs"]
    mod lab_04;
    #[path = "../../../mine/05_only_what_changed.rs"]
    mod lab_05;
    #[path = "../../../mine/06_savepoint.rs"]
    mod lab_06;
    #[path = "../../../mine/07_does_not_compile.rs"]
    mod lab_07;
}
