//! Entities in odd places: nested modules, functions, macros, programs that shadow the prelude.

use orm::Entity;
use orm::mapping::ColumnPosition;

/// Shadows what generated code might take for granted.
mod shadowed {
    #![allow(dead_code, non_snake_case, unused_macros, reason = "it is there to be in the way")]

    use orm::{Auto, Entity, HasMany};

    pub(super) type Result = ();
    pub(super) struct String;
    pub(super) fn Ok() {}
    pub(super) fn Some() {}
    macro_rules! vec {
        () => {};
    }

    #[derive(Entity, Default)]
    pub(super) struct Team {
        #[entity(primary_key)]
        pub(super) id: Auto<i64>,
        #[entity(inverse = "team", order_by = "id desc", cascade = "save-update")]
        pub(super) players: HasMany<inner::Player>,
    }

    pub(super) mod inner {
        use orm::{Auto, BelongsTo, Entity};

        #[derive(Entity, Default)]
        pub(in super::super) struct Player {
            #[entity(primary_key)]
            pub(super) id: Auto<i64>,
            pub(super) team: BelongsTo<super::Team>,
        }
    }
}

macro_rules! entity {
    ($name:ident, $key:ty, $($field:ident: $ty:ty),*) => {
        #[derive(Entity, Default)]
        struct $name {
            #[entity(primary_key)]
            id: $key,
            boss: orm::BelongsTo<Option<$name>>,
            kind: Option<$crate::model::Kind>,
            $($field: $ty,)*
        }
    };
}

entity!(Made, orm::Auto<i64>, name: String, notes: Option<String>);

/// What has a destructor cannot be taken apart.
#[derive(Entity, Default)]
struct Dropped {
    #[entity(primary_key)]
    id: i64,
    name: String,
}

impl Drop for Dropped {
    fn drop(&mut self) {
        self.name.clear();
    }
}

#[test]
fn entities_may_stand_anywhere() {
    #[derive(Entity, Default)]
    struct Local {
        #[entity(primary_key)]
        id: i64,
        #[entity(column = "a b")]
        spaced: i64,
    }

    assert_eq!(Local::SPACED.name(), "a b");
    assert_eq!(Local::entity_meta().columns.len(), 2);
    assert_eq!(shadowed::Team::PLAYERS.meta().order_by, [("id", true)]);
    assert_eq!(shadowed::inner::Player::TEAM_ID.name(), "team_id");
    assert_eq!(Made::BOSS_ID.name(), "boss_id");
    assert_eq!(Made::entity_meta().columns.len(), 5);
    assert_eq!(Dropped::entity_meta().primary_key, [ColumnPosition(0)]);
    let _ = (Made::default().id, Local::default().spaced, Dropped::default().id);
}
