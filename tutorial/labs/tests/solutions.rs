//! Each solution passes all checks of its lab.
#![allow(unused, clippy::all, reason = "readers see them")]
#![allow(missing_docs, unreachable_pub, unused_qualifications, reason = "labs are no library")]
#![allow(clippy::unwrap_used, clippy::todo, clippy::print_stdout, reason = "readers see them")]

use std::process::ExitCode;

mod judged;

#[path = "../solutions/01_first_mapping.rs"]
mod lab_01;
#[path = "../solutions/02_nullable_unique_long.rs"]
mod lab_02;
#[path = "../solutions/03_add_and_commit.rs"]
mod lab_03;
#[path = "../solutions/04_same_row_same_key.rs"]
mod lab_04;
#[path = "../solutions/05_only_what_changed.rs"]
mod lab_05;
#[path = "../solutions/06_savepoint.rs"]
mod lab_06;
#[path = "../solutions/07_does_not_compile.rs"]
mod lab_07;
#[path = "../solutions/08_both_sides.rs"]
mod lab_08;
#[path = "../solutions/09_join_without_on.rs"]
mod lab_09;
#[path = "../solutions/10_totals.rs"]
mod lab_10;
#[path = "../solutions/11_not_one_order.rs"]
mod lab_11;
#[path = "../solutions/12_a_thousand_rows.rs"]
mod lab_12;
#[path = "../solutions/13_orphans.rs"]
mod lab_13;
#[path = "../solutions/14_kill_the_n_plus_1.rs"]
mod lab_14;
#[path = "../solutions/15_the_link_has_a_price.rs"]
mod lab_15;
#[path = "../solutions/16_four_levels.rs"]
mod lab_16;
#[path = "../solutions/17_a_map_by_name.rs"]
mod lab_17;
#[path = "../solutions/18_who_am_i.rs"]
mod lab_18;
#[path = "../solutions/19_guess_the_plan.rs"]
mod lab_19;
#[path = "../solutions/20_two_tills.rs"]
mod lab_20;
#[path = "../solutions/21_who_changed_it.rs"]
mod lab_21;
#[path = "../solutions/22_soft_delete.rs"]
mod lab_22;
#[path = "../solutions/23_await_it.rs"]
mod lab_23;
#[path = "../solutions/24_a_budget.rs"]
mod lab_24;
#[path = "../solutions/25_twice_as_fast.rs"]
mod lab_25;
#[path = "../solutions/26_read_the_message.rs"]
mod lab_26;
#[path = "../solutions/27_a_new_invader.rs"]
mod lab_27;
#[path = "../solutions/28_1_identity_map.rs"]
mod lab_28_1;
#[path = "../solutions/28_2_snapshots.rs"]
mod lab_28_2;
#[path = "../solutions/28_3_dirty_columns.rs"]
mod lab_28_3;
#[path = "../solutions/28_4_order_by_foreign_key.rs"]
mod lab_28_4;
#[path = "../solutions/28_5_keys_to_children.rs"]
mod lab_28_5;
#[path = "../solutions/28_6_batches.rs"]
mod lab_28_6;
#[path = "../solutions/28_7_deletes_backwards.rs"]
mod lab_28_7;
#[path = "../solutions/28_8_journal_for_rollback.rs"]
mod lab_28_8;

fn main() -> ExitCode {
    judged::pass(&[
        ("01", lab_01::checks::CHECKS),
        ("02", lab_02::checks::CHECKS),
        ("03", lab_03::checks::CHECKS),
        ("04", lab_04::checks::CHECKS),
        ("05", lab_05::checks::CHECKS),
        ("06", lab_06::checks::CHECKS),
        ("07", lab_07::checks::CHECKS),
        ("08", lab_08::checks::CHECKS),
        ("09", lab_09::checks::CHECKS),
        ("10", lab_10::checks::CHECKS),
        ("11", lab_11::checks::CHECKS),
        ("12", lab_12::checks::CHECKS),
        ("13", lab_13::checks::CHECKS),
        ("14", lab_14::checks::CHECKS),
        ("15", lab_15::checks::CHECKS),
        ("16", lab_16::checks::CHECKS),
        ("17", lab_17::checks::CHECKS),
        ("18", lab_18::checks::CHECKS),
        ("19", lab_19::checks::CHECKS),
        ("20", lab_20::checks::CHECKS),
        ("21", lab_21::checks::CHECKS),
        ("22", lab_22::checks::CHECKS),
        ("23", lab_23::checks::CHECKS),
        ("24", lab_24::checks::CHECKS),
        ("25", lab_25::checks::CHECKS),
        ("26", lab_26::checks::CHECKS),
        ("27", lab_27::checks::CHECKS),
        ("28.1", lab_28_1::checks::CHECKS),
        ("28.2", lab_28_2::checks::CHECKS),
        ("28.3", lab_28_3::checks::CHECKS),
        ("28.4", lab_28_4::checks::CHECKS),
        ("28.5", lab_28_5::checks::CHECKS),
        ("28.6", lab_28_6::checks::CHECKS),
        ("28.7", lab_28_7::checks::CHECKS),
        ("28.8", lab_28_8::checks::CHECKS),
    ])
}
