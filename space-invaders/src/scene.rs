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
/// Rows of the window at half its height, border included.
pub const HALF_HEIGHT: usize = 20;
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

/// The window, cell by cell: once as it is, and once at half its height for a terminal with fewer rows.
///
/// At half height a glyph stands at half its row, and its picture keeps its size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scene {
    whole: Canvas,
    half: Canvas,
}

/// Rows of cells.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Canvas(Vec<Cell>);

impl Canvas {
    fn of_height(rows: usize) -> Self {
        Self(vec![BLANK; WIDTH * rows])
    }

    fn set(&mut self, column: i32, row: i32, cell: Cell) {
        let (Ok(column), Ok(row)) = (usize::try_from(column), usize::try_from(row)) else { return };
        if column < WIDTH
            && let Some(place) = self.0.get_mut(row * WIDTH + column)
        {
            *place = cell;
        }
    }

    fn write(&mut self, column: i32, row: i32, text: &str) {
        for (offset, symbol) in (0..).zip(text.chars()) {
            self.set(column + offset, row, Cell { colour: 'W', symbol });
        }
    }
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
        Self { whole: Canvas::of_height(HEIGHT), half: Canvas::of_height(HALF_HEIGHT) }
    }

    /// Returns a window with some lines of text, and nothing else.
    pub fn of_lines<'l>(lines: impl IntoIterator<Item = &'l str>) -> Self {
        let mut scene = Self::empty();
        for (row, line) in (0..).zip(lines) {
            let line: String = line.chars().take(WIDTH - 4).collect();
            let column = (WIDTH - line.chars().count()) as i32 / 2;
            scene.whole.write(column, HEIGHT as i32 / 2 - 2 + row, &line);
            scene.half.write(column, HALF_HEIGHT as i32 / 2 - 2 + row, &line);
        }
        scene
    }

    /// Returns the rows of the window from the top.
    pub fn rows(&self) -> impl Iterator<Item = &[Cell]> {
        self.whole.0.chunks(WIDTH)
    }

    /// Returns the rows of the window at half its height, from the top.
    pub fn half_rows(&self) -> impl Iterator<Item = &[Cell]> {
        self.half.0.chunks(WIDTH)
    }

    /// Returns the window as text, without colours and trailing blanks.
    pub fn text(&self) -> String {
        let line = |row: &[Cell]| row.iter().map(|cell| cell.symbol).collect::<String>().trim_end().to_owned();
        self.rows().map(line).collect::<Vec<_>>().join("\n")
    }

    /// Writes a white text at a row of the window.
    pub fn write(&mut self, column: i32, row: i32, text: &str) {
        self.whole.write(column, row, text);
        self.half.write(column, half_row(row), text);
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

    /// Paints an encoded picture, clipped to the field. At half height, where pictures stand closer together, the
    /// blanks of a picture hide nothing, but for a message.
    fn paint(&mut self, at: &Sprite<'_>, width: i32, data: &str) {
        let covers = matches!(at.picture, Picture::Message(_));
        let top = half_row(at.y + PAD_Y);
        let mut symbols = data.chars();
        for number in 0.. {
            let (Some(colour), Some(symbol)) = (symbols.next(), symbols.next()) else { return };
            let (x, row) = (at.x + number % width, number / width);
            let cell = Cell { colour, symbol };
            if !(0..=MAX_X).contains(&x) {
                continue;
            }
            if (0..=MAX_Y).contains(&(at.y + row)) {
                self.whole.set(x + PAD_X, at.y + row + PAD_Y, cell);
            }
            if (half_row(PAD_Y)..=half_row(MAX_Y + PAD_Y)).contains(&(top + row)) && (covers || symbol != ' ') {
                self.half.set(x + PAD_X, top + row, cell);
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

/// The row at half height of a row of the window. The border and the line of the score, the first two rows, stay.
fn half_row(row: i32) -> i32 {
    if row < PAD_Y { row } else { PAD_Y + (row - PAD_Y).div_euclid(2) }
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
