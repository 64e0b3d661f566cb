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
    #[path = "../../../mine/08_both_sides.rs"]
    mod lab_08;
    #[path = "../../../mine/09_join_without_on.rs"]
    mod lab_09;
    #[path = "../../../mine/10_totals.rs"]
    mod lab_10;
    #[path = "../../../mine/11_not_one_order.rs"]
    mod lab_11;
    #[path = "../../../mine/12_a_thousand_rows.rs"]
    mod lab_12;
    #[path = "../../../mine/13_orphans.rs"]
    mod lab_13;
    #[path = "../../../mine/14_kill_the_n_plus_1.rs"]
    mod lab_14;
    #[path = "../../../mine/15_the_link_has_a_price.rs"]
    mod lab_15;
    #[path = "../../../mine/16_four_levels.rs"]
    mod lab_16;
    #[path = "../../../mine/17_a_map_by_name.rs"]
    mod lab_17;
    #[path = "../../../mine/18_who_am_i.rs"]
    mod lab_18;
    #[path = "../../../mine/19_guess_the_plan.rs"]
    mod lab_19;
    #[path = "../../../mine/20_two_tills.rs"]
    mod lab_20;
    #[path = "../../../mine/21_who_changed_it.rs"]
    mod lab_21;
    #[path = "../../../mine/22_soft_delete.rs"]
    mod lab_22;
    #[path = "../../../mine/23_await_it.rs"]
    mod lab_23;
    #[path = "../../../mine/24_a_budget.rs"]
    mod lab_24;
    #[path = "../../../mine/25_twice_as_fast.rs"]
    mod lab_25;
    #[path = "../../../mine/26_read_the_message.rs"]
    mod lab_26;
    #[path = "../../../mine/27_a_new_invader.rs"]
    mod lab_27;
    #[path = "../../../mine/28_1_identity_map.rs"]
    mod lab_28_1;
    #[path = "../../../mine/28_2_snapshots.rs"]
    mod lab_28_2;
    #[path = "../../../mine/28_3_dirty_columns.rs"]
    mod lab_28_3;
    #[path = "../../../mine/28_4_order_by_foreign_key.rs"]
    mod lab_28_4;
    #[path = "../../../mine/28_5_keys_to_children.rs"]
    mod lab_28_5;
    #[path = "../../../mine/28_6_batches.rs"]
    mod lab_28_6;
    #[path = "../../../mine/28_7_deletes_backwards.rs"]
    mod lab_28_7;
    #[path = "../../../mine/28_8_journal_for_rollback.rs"]
    mod lab_28_8;
}
