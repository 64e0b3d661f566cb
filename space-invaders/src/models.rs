//! The two tables: glyphs, which are pictures, and coordinates, which say where a glyph stands.
//!
//! Every glyph class shares the table `glyph` (single-table inheritance): the column `type` names the class of a row.

use orm::prelude::*;

/// The root of the glyph classes. A query for [`EnemyGlyph`] gives armies and saucers.
#[derive(Entity, Debug)]
#[entity(inheritance = "single", discriminator = "type")]
pub enum Picture {
    /// No particular class.
    Glyph(Glyph),
    /// An enemy of no particular kind.
    Enemy(EnemyGlyph),
    /// An enemy that marches.
    Army(ArmyGlyph),
    /// An enemy that crosses the sky.
    Saucer(SaucerGlyph),
    /// A text.
    Message(MessageGlyph),
    /// The ship.
    Player(PlayerGlyph),
    /// A shot of the ship.
    Missile(MissileGlyph),
    /// A short-lived mark where an enemy was hit.
    Splat(SplatGlyph),
    /// A bomb of the army, in the modern game.
    Bomb(BombGlyph),
    /// A cell of a shield, in the modern game.
    Shield(ShieldGlyph),
}

/// The columns that every glyph has.
#[derive(Entity, Debug, Default)]
#[entity(root = "Picture")]
pub struct Glyph {
    /// Generated key.
    #[entity(primary_key)]
    pub id: Auto<i64>,
    /// Name by which the rules look the glyph up.
    #[entity(length = 30)]
    pub name: String,
    /// Columns of the picture.
    pub width: i32,
    /// Rows of the picture.
    pub height: i32,
    /// Main picture: two characters a cell, a colour and a symbol.
    #[entity(text)]
    pub data: String,
    /// Second picture of the same size, if there is one.
    #[entity(text)]
    pub alt_data: Option<String>,
}

/// A glyph that a missile can hit.
#[derive(Entity, Debug, Default)]
#[entity(root = "Picture")]
pub struct EnemyGlyph {
    /// Columns of the base class.
    #[entity(base)]
    pub glyph: Glyph,
}

/// An enemy that marches with the others.
#[derive(Entity, Debug, Default)]
#[entity(root = "Picture")]
pub struct ArmyGlyph {
    /// Columns of the base class.
    #[entity(base)]
    pub enemy: EnemyGlyph,
}

/// An enemy that flies past.
#[derive(Entity, Debug, Default)]
#[entity(root = "Picture")]
pub struct SaucerGlyph {
    /// Columns of the base class.
    #[entity(base)]
    pub enemy: EnemyGlyph,
}

/// Declares glyph classes that add nothing to [`Glyph`].
macro_rules! plain_glyphs {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Entity, Debug, Default)]
        #[entity(root = "Picture")]
        pub struct $name {
            /// Columns of the base class.
            #[entity(base)]
            pub glyph: Glyph,
        }
    )+};
}

plain_glyphs! {
    /// A text that covers what stands below it.
    MessageGlyph,
    /// The ship.
    PlayerGlyph,
    /// A shot of the ship.
    MissileGlyph,
    /// A mark where an enemy was hit.
    SplatGlyph,
    /// A bomb that the army drops.
    BombGlyph,
    /// A cell of a shield.
    ShieldGlyph,
}

/// A glyph on the field. Everything on the screen is such a row.
#[derive(Entity, Debug, Default)]
#[entity(table = "glyph_coordinate")]
pub struct Coordinate {
    /// Generated key.
    #[entity(primary_key)]
    pub id: Auto<i64>,
    /// Picture that stands here.
    pub glyph: BelongsTo<Picture>,
    /// Leftmost column.
    pub x: i32,
    /// Topmost row.
    pub y: i32,
    /// Tick at which a splat appeared.
    pub tick: Option<i32>,
    /// Text beside the glyph: the points of a splat.
    #[entity(length = 30)]
    pub label: Option<String>,
    /// Points for a hit.
    pub score: Option<i32>,
}

impl Picture {
    /// Returns the columns that every class has.
    pub fn glyph(&self) -> &Glyph {
        match self {
            Self::Glyph(glyph) => glyph,
            Self::Enemy(enemy) => &enemy.glyph,
            Self::Army(army) => &army.enemy.glyph,
            Self::Saucer(saucer) => &saucer.enemy.glyph,
            Self::Message(message) => &message.glyph,
            Self::Player(player) => &player.glyph,
            Self::Missile(missile) => &missile.glyph,
            Self::Splat(splat) => &splat.glyph,
            Self::Bomb(bomb) => &bomb.glyph,
            Self::Shield(shield) => &shield.glyph,
        }
    }
}
