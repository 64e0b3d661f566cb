//! The pictures, and their encoding in a column: two characters a cell, a colour and a symbol.
//!
//! In a picture, `#` and a letter switch the colour, which stays across lines; a picture begins white.

use orm::Session;

use crate::models::{
    ArmyGlyph, BombGlyph, EnemyGlyph, Glyph, MessageGlyph, MissileGlyph, PlayerGlyph, SaucerGlyph, ShieldGlyph,
    SplatGlyph,
};

/// An encoded picture and its size.
struct Encoded {
    width: usize,
    height: usize,
    data: String,
}

/// Encodes the lines of a picture; short lines are filled with white blanks up to `least` or the longest line.
fn encode(lines: &[&str], least: usize) -> Encoded {
    let mut colour = 'W';
    let rows: Vec<Vec<(char, char)>> = lines.iter().map(|line| cells(line, &mut colour)).collect();
    let width = rows.iter().map(Vec::len).max().unwrap_or_default().max(least);
    let filled = |row: &Vec<(char, char)>| {
        let blanks = std::iter::repeat_n(('W', ' '), width - row.len());
        row.iter().copied().chain(blanks).flat_map(|(colour, symbol)| [colour, symbol]).collect::<String>()
    };
    Encoded { width, height: rows.len(), data: rows.iter().map(filled).collect() }
}

fn cells(line: &str, colour: &mut char) -> Vec<(char, char)> {
    let mut cells = Vec::new();
    let mut symbols = line.trim_end().chars();
    while let Some(symbol) = symbols.next() {
        match symbol {
            '#' => *colour = symbols.next().unwrap_or('W'),
            symbol => cells.push((*colour, symbol)),
        }
    }
    cells
}

fn glyph(name: &str, main: &[&str], alternative: &[&str]) -> Glyph {
    let Encoded { width, height, data } = encode(main, 0);
    let alt_data = (!alternative.is_empty()).then(|| encode(alternative, width).data);
    let size = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    Glyph { name: name.into(), width: size(width), height: size(height), data, alt_data, ..Glyph::default() }
}

/// Adds the eleven glyphs. The last line of most is empty: it counts in the box, so that a near miss is a hit.
pub fn add_glyphs(session: &mut Session) {
    let army = |name, main, alternative| ArmyGlyph { enemy: EnemyGlyph { glyph: glyph(name, main, alternative) } };
    session.add_all([
        army("enemy1", &["#W-#B^#R-#B^#W-", "#G|   |", ""], &["#W>#B^#R-#B^#W<", "#G^   ^", ""]),
        army("enemy2", &["#W ***", "#R<#C~~~#R>", ""], &["#W @@@", "#R<#C---#R>", ""]),
        army("enemy3", &["#Y((--))", "#M-~-~-~", ""], &["#Y[[--]]", "#M~-~-~-", ""]),
    ]);
    let saucer = glyph("saucer", &["#R~^~^#Y<<((#WOO#Y))>>#G="], &["#R^~^~#Y<<((#WOO#Y))>>#G="]);
    session.add(SaucerGlyph { enemy: EnemyGlyph { glyph: saucer } });
    let splat = glyph(
        "splat1",
        &["#W\\#R*****#W/", "#W-#R* * *#W-", "#W/#R*****#W\\", ""],
        &["#M  ---", "#M |#Y+++#M|", "#M  ---", ""],
    );
    session.add(SplatGlyph { glyph: splat });
    session.add(PlayerGlyph { glyph: glyph("ship", &["#Y  ^", "#G=====", ""], &[]) });
    session.add(MissileGlyph { glyph: glyph("missile", &["#W|", ""], &[]) });
    let message = |name, lines| MessageGlyph { glyph: glyph(name, lines, &[]) };
    session.add_all([
        message(
            "start_message",
            &["J: move left   L: move right   SPACE: fire!", "     press any key to start the battle"],
        ),
        message("lose_message", &["#YY O U  L O S E ! ! !"]),
        message("win_message", &["#RL E V E L  C L E A R E D ! ! !"]),
        message("pause_message", &["    P A U S E D", "press P to continue"]),
    ]);
}

/// Adds what only the modern game shows: an army for even levels, a second ship, bombs, shields, a start message.
pub fn add_modern_glyphs(session: &mut Session) {
    let army = |name, main, alternative| ArmyGlyph { enemy: EnemyGlyph { glyph: glyph(name, main, alternative) } };
    session.add_all([
        army("enemy4", &["#C/#W*_*#C\\", "#G/| |\\", ""], &["#C\\#W*_*#C/", "#G\\| |/", ""]),
        army("enemy5", &["#M.---.", "#Y{#W0#R^#W0#Y}", ""], &["#M'---'", "#Y{#Wo#Rv#Wo#Y}", ""]),
        army("enemy6", &["#R<#YoOOo#R>", "#C \\\\// ", ""], &["#R>#YoOOo#R<", "#C //\\\\ ", ""]),
    ]);
    session.add(PlayerGlyph { glyph: glyph("ship2", &["#C  ^", "#M=====", ""], &[]) });
    session.add(BombGlyph { glyph: glyph("bomb", &["#R!"], &[]) });
    session.add(ShieldGlyph { glyph: glyph("shield", &["#G█"], &[]) });
    let lines = ["  ARROWS or J L: move     SPACE: fire     P: pause", "        press any key to start the battle"];
    session.add(MessageGlyph { glyph: glyph("modern_start", &lines, &[]) });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_stays_across_lines() {
        assert_eq!(encode(&["#Ra", "bc"], 0).data, "RaW RbRc");
    }

    #[test]
    fn an_alternative_has_the_grid_of_the_main_picture() {
        let splat = glyph("splat", &["#Wabcdefg", ""], &["#M  ---", ""]);
        assert_eq!(splat.alt_data.map(|data| data.len()), Some(splat.data.len()));
    }
}
