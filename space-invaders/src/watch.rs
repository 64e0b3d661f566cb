//! A running game in another terminal, from its tables alone.

use std::error::Error;
use std::time::Duration;

use orm::Engine;
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers};

use crate::modern::Spectator;
use crate::scene::Scene;
use crate::screen::{self, Mode, View};
use crate::terminal;

/// Time between two looks at the tables.
const PAUSE: Duration = Duration::from_millis(50);

/// Shows a game until the viewer leaves.
///
/// # Errors
/// Whatever the terminal or the database says.
pub fn run(engine: &Engine) -> Result<(), Box<dyn Error>> {
    terminal::within(|terminal, stop| {
        let mut spectator = Spectator::new(engine);
        while !stop() {
            show(terminal, &mut spectator)?;
            if let Some(Event::Key(key)) = terminal::next_event(PAUSE)?
                && key.kind != KeyEventKind::Release
            {
                let control = key.modifiers.contains(KeyModifiers::CONTROL);
                if key.code == KeyCode::Char('q') || (control && key.code == KeyCode::Char('c')) {
                    return Ok(());
                }
            }
        }
        Ok(())
    })
}

fn show(terminal: &mut DefaultTerminal, spectator: &mut Spectator) -> Result<(), Box<dyn Error>> {
    let scene = match spectator.scene() {
        Ok(Some((scene, _))) => scene,
        Ok(None) => Scene::of_lines(["there is no game yet"]),
        // The tables are made anew at this moment, or not made yet.
        Err(orm::Error::Database(error)) if error.kind != orm::DatabaseErrorKind::Disconnected => {
            Scene::of_lines(["there is no game"])
        }
        Err(error) => return Err(error.into()),
    };
    let view = View { scene: &scene, mode: &Mode::Watching, colours: terminal::has_colours(), ..View::of(&scene) };
    terminal.draw(|frame| screen::draw(frame, &view))?;
    Ok(())
}
