//! Waiting for keys, and noticing that the terminal is gone.

use std::io;
use std::time::Duration;

use ratatui::crossterm::event::{self, Event};

/// Waits for an event of the terminal; `None` when none comes in time.
///
/// # Errors
/// [`io::ErrorKind::BrokenPipe`] when the terminal was closed. Without this check crossterm would read the end of input again and again.
pub(super) fn next_event(timeout: Duration) -> io::Result<Option<Event>> {
    // Keys that came together wait within crossterm, where the first look finds them.
    for timeout in [Duration::ZERO, timeout] {
        if !wait(timeout)? {
            return Err(io::Error::new(io::ErrorKind::BrokenPipe, "the terminal was closed"));
        }
        // A resize comes by a signal and not by the input.
        if event::poll(Duration::ZERO)? {
            return event::read().map(Some);
        }
    }
    Ok(None)
}

/// Waits for input; false when the terminal was closed.
#[cfg(unix)]
fn wait(timeout: Duration) -> io::Result<bool> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let stdin = io::stdin();
    if !rustix::termios::isatty(&stdin) {
        // crossterm reads the controlling terminal then.
        return event::poll(timeout).map(|_| true);
    }
    let timeout = Timespec::try_from(timeout).map_err(io::Error::other)?;
    let mut fds = [PollFd::new(&stdin, PollFlags::IN)];
    match poll(&mut fds, Some(&timeout)) {
        Ok(_) => Ok(!fds[0].revents().intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL)),
        // A signal, such as that of a resize.
        Err(rustix::io::Errno::INTR) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(unix))]
fn wait(timeout: Duration) -> io::Result<bool> {
    event::poll(timeout).map(|_| true)
}
