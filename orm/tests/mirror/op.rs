//! The steps, and how often each is taken.

use proptest::prelude::*;

/// One step. Numbers pick among what there is, modulo.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    AddClub {
        code: u8,
    },
    AddMember,
    /// Joins a club, pushed into the member's or the club's memberships.
    Join {
        member: u8,
        club: u8,
        by_club: bool,
    },
    Leave {
        membership: u8,
    },
    Role {
        membership: u8,
    },
    RenameMember {
        member: u8,
        bad: bool,
    },
    RenameClub {
        club: u8,
    },
    /// The club's primary key changes.
    Recode {
        club: u8,
        code: u8,
    },
    Sponsor {
        member: u8,
        sponsor: Option<u8>,
        push: bool,
    },
    Buddy {
        member: u8,
        buddy: Option<u8>,
    },
    Befriend {
        from: u8,
        to: u8,
        by_to: bool,
    },
    Unfriend {
        from: u8,
        by_to: bool,
    },
    /// Whoever may or may not be a friend.
    Forget {
        from: u8,
        to: u8,
    },
    AddWidget,
    AddEntry {
        widget: u8,
    },
    MoveEntry {
        entry: u8,
        widget: u8,
    },
    Favorite {
        widget: u8,
        entry: Option<u8>,
    },
    DeleteClub {
        club: u8,
    },
    DeleteMember {
        member: u8,
    },
    DeleteMembership {
        membership: u8,
    },
    DeleteWidget {
        widget: u8,
    },
    DeleteEntry {
        entry: u8,
    },
    /// Somebody else changes rows and commits.
    Elsewhere {
        change: u8,
        a: u8,
        b: u8,
    },
    Load,
    ExpireAll,
    Flush,
    Commit,
    Rollback,
    BeginNested,
    Release {
        savepoint: u8,
    },
    RollbackTo {
        savepoint: u8,
    },
}

pub(crate) fn op() -> impl Strategy<Value = Op> {
    let n = any::<u8>;
    let maybe = || prop::option::weighted(0.8, any::<u8>());
    prop_oneof![
        3 => (0..5_u8).prop_map(|code| Op::AddClub { code }),
        4 => Just(Op::AddMember),
        5 => (n(), n(), any::<bool>()).prop_map(|(member, club, by_club)| Op::Join { member, club, by_club }),
        2 => n().prop_map(|membership| Op::Leave { membership }),
        2 => n().prop_map(|membership| Op::Role { membership }),
        2 => (n(), prop::bool::weighted(0.1)).prop_map(|(member, bad)| Op::RenameMember { member, bad }),
        1 => n().prop_map(|club| Op::RenameClub { club }),
        2 => (n(), 5..9_u8).prop_map(|(club, code)| Op::Recode { club, code }),
        4 => (n(), maybe(), any::<bool>()).prop_map(|(member, sponsor, push)| Op::Sponsor { member, sponsor, push }),
        3 => (n(), maybe()).prop_map(|(member, buddy)| Op::Buddy { member, buddy }),
        4 => (n(), n(), any::<bool>()).prop_map(|(from, to, by_to)| Op::Befriend { from, to, by_to }),
        2 => (n(), any::<bool>()).prop_map(|(from, by_to)| Op::Unfriend { from, by_to }),
        1 => (n(), n()).prop_map(|(from, to)| Op::Forget { from, to }),
        2 => Just(Op::AddWidget),
        3 => n().prop_map(|widget| Op::AddEntry { widget }),
        2 => (n(), n()).prop_map(|(entry, widget)| Op::MoveEntry { entry, widget }),
        4 => (n(), maybe()).prop_map(|(widget, entry)| Op::Favorite { widget, entry }),
        1 => n().prop_map(|club| Op::DeleteClub { club }),
        2 => n().prop_map(|member| Op::DeleteMember { member }),
        1 => n().prop_map(|membership| Op::DeleteMembership { membership }),
        1 => n().prop_map(|widget| Op::DeleteWidget { widget }),
        1 => n().prop_map(|entry| Op::DeleteEntry { entry }),
        4 => (0..8_u8, n(), n()).prop_map(|(change, a, b)| Op::Elsewhere { change, a, b }),
        2 => Just(Op::Load),
        1 => Just(Op::ExpireAll),
        4 => Just(Op::Flush),
        3 => Just(Op::Commit),
        2 => Just(Op::Rollback),
        2 => Just(Op::BeginNested),
        1 => n().prop_map(|savepoint| Op::Release { savepoint }),
        2 => n().prop_map(|savepoint| Op::RollbackTo { savepoint }),
    ]
}
