//! The only paths that generated code may name. Not part of the public interface.
