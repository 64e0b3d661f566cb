//! A program of one's own: notes in a file, kept from one run to the next.

#![allow(clippy::print_stdout, reason = "a program for people")]

// ANCHOR: notes
use orm::prelude::*;

#[derive(Entity, Debug, Default)]
struct Note {
    #[entity(primary_key)]
    id: Auto<i64>,
    text: String,
}

fn main() -> orm::Result<()> {
    let engine = Engine::new("sqlite:///notes.db")?; // a file in the current folder
    engine.create_all(schema![Note])?; // does nothing from the second run on
    let mut session = Session::new(&engine);

    let words: Vec<String> = std::env::args().skip(1).collect();
    if let ["done", number] = words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        let number: i64 =
            number.parse().map_err(|_| orm::Error::invalid("`done` takes a number"))?;
        let note = session.query::<Note>().filter(Note::ID.eq(number)).one()?;
        session.delete(note)?;
    } else if !words.is_empty() {
        session.add(Note { text: words.join(" "), ..Note::default() });
    }
    session.commit()?;

    for note in session.query::<Note>().order_by(Note::ID).all()? {
        println!("{}  {}", session[note].id, session[note].text);
    }
    Ok(())
}
// ANCHOR_END: notes
