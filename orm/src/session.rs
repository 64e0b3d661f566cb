//! The session: who talks to the database, and when.
