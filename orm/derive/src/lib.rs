//! The derive macros of the `orm` crate.
//!
//! Three stages: `attribute` (the grammar) -> `model` and `check` (plain data, and the rules across fields) -> `expand`
//! (one generated item a file). Every fault is reported at once, at the token that causes it, with the fix in the message.
//! What a trait or a function of `orm::__derive` can hold is not generated.

mod attribute;
mod check;
mod column_enum;
mod errors;
mod expand;
mod model;
mod types;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

use crate::model::Derive;

/// Maps a struct to a table.
#[proc_macro_derive(Entity, attributes(entity))]
pub fn derive_entity(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::derive(&input, Derive::Entity).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes a struct of columns that entities embed.
#[proc_macro_derive(Embed, attributes(entity))]
pub fn derive_embed(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::derive(&input, Derive::Embed).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Stores an enum without fields as text.
#[proc_macro_derive(ColumnEnum, attributes(column_enum))]
pub fn derive_column_enum(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    column_enum::derive(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}
