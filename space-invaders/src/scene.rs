//! The picture of a game: one SELECT gives every row with its glyph, and the rest is plain data. Drawing changes nothing.

use orm::prelude::*;

use crate::bounds::{MAX_X, MAX_Y};
use crate::models::{Coordinate, Picture};
use crate::rules::Game;
use crate::why::Rule;

/// Columns of the window, border included.
pub const WIDTH: usize = 80;
/// Rows of the window, border included.
pub const HEIGHT: usize = 38;
/// Blank columns on either side of the field.
const PAD_X: i32 = 5;
/// Blank rows above the field.
const PAD_Y: i32 = 2;
/// Age in ticks from which a splat shows its second picture.
const SPLAT_TURNS: i32 = 5;

/// A symbol and the letter of its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// One of K, B, C, G, M, R, W, Y.
    pub colour: char,
    /// Symbol.
    pub symbol: char,
}

const BLANK: Cell = Cell { colour: 'W', symbol: ' ' };

/// The window, cell by cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scene {
    cells: Vec<Cell>,
}

/// A glyph that is to be drawn.
#[derive(Debug)]
pub struct Sprite<'s> {
    /// Leftmost column.
    pub x: i32,
    /// Topmost row.
    pub y: i32,
    /// Picture.
    pub picture: &'s Picture,
    /// Ticks since a splat appeared.
    pub age: i32,
    /// Text beside the glyph.
    pub label: Option<&'s str>,
}

impl Scene {
    /// Returns a window without anything in it.
    pub fn empty() -> Self {
        Self { cells: vec![BLANK; WIDTH * HEIGHT] }
    }

    /// Returns the rows of the window from the top.
    pub fn rows(&self) -> impl Iterator<Item = &[Cell]> {
        self.cells.chunks(WIDTH)
    }

    /// Returns the window as text, without colours and trailing blanks.
    pub fn text(&self) -> String {
        let line = |row: &[Cell]| row.iter().map(|cell| cell.symbol).collect::<String>().trim_end().to_owned();
        self.rows().map(line).collect::<Vec<_>>().join("\n")
    }

    fn set(&mut self, column: i32, row: i32, cell: Cell) {
        let (Ok(column), Ok(row)) = (usize::try_from(column), usize::try_from(row)) else { return };
        if column < WIDTH && row < HEIGHT {
            self.cells[row * WIDTH + column] = cell;
        }
    }

    /// Writes a white text.
    pub fn write(&mut self, column: i32, row: i32, text: &str) {
        for (offset, symbol) in (0..).zip(text.chars()) {
            self.set(column + offset, row, Cell { colour: 'W', symbol });
        }
    }

    /// Draws a glyph with its label. `flip` says which picture an army shows, and a saucer does not.
    pub fn place(&mut self, sprite: &Sprite<'_>, flip: bool) {
        let second = match sprite.picture {
            Picture::Army(_) => flip,
            Picture::Saucer(_) => !flip,
            Picture::Splat(_) => sprite.age > SPLAT_TURNS,
            _ => false,
        };
        let glyph = sprite.picture.glyph();
        let data = glyph.alt_data.as_ref().filter(|_| second).unwrap_or(&glyph.data);
        self.paint(sprite, glyph.width, data);
        if let Some(label) = sprite.label {
            self.label(sprite, glyph.width, label);
        }
    }

    /// Paints an encoded picture, clipped to the field.
    fn paint(&mut self, at: &Sprite<'_>, width: i32, data: &str) {
        let mut symbols = data.chars();
        for cell in 0.. {
            let (Some(colour), Some(symbol)) = (symbols.next(), symbols.next()) else { return };
            let (x, y) = (at.x + cell % width, at.y + cell / width);
            if (0..=MAX_X).contains(&x) && (0..=MAX_Y).contains(&y) {
                self.set(x + PAD_X, y + PAD_Y, Cell { colour, symbol });
            }
        }
    }

    /// Writes the label of a glyph to its right, or to its left where the field ends. Labels stand two rows above
    /// their glyph, at the row that the number names in the window.
    fn label(&mut self, at: &Sprite<'_>, width: i32, text: &str) {
        let length = i32::try_from(text.chars().count()).unwrap_or_default();
        let right = at.x + width;
        let x = if right + length > MAX_X { at.x - length } else { right };
        self.write(x + PAD_X, at.y, text);
    }
}

impl Game {
    /// Draws the field: one SELECT.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn scene(&mut self) -> orm::Result<Scene> {
        self.trace.rule(Rule::Draw);
        let everything = self.session.query::<Coordinate>().options(joined(Coordinate::GLYPH));
        let keys = everything.order_by(Coordinate::ID).all()?;
        let mut scene = Scene::empty();
        scene.write(65, 1, &format!("Score: {:04}", self.state.score));
        for key in keys {
            if self.covered.contains(&key) {
                continue;
            }
            let glyph = self.session.rel(key, Coordinate::GLYPH).one()?;
            let (picture, at) = (&self.session[glyph], &self.session[key]);
            let age = self.state.tick - at.tick.unwrap_or_default();
            let sprite = Sprite { x: at.x, y: at.y, picture, age, label: at.label.as_deref() };
            scene.place(&sprite, self.state.flip);
        }
        Ok(scene)
    }
}
