//! `hydrate` and `refresh`: a row into the fields, in the order of the columns.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::position::{PositionKind, offsets};
use crate::model::{Derive, Model, Role};

/// Position of the struct's first column in a row.
fn start(model: &Model) -> TokenStream {
    PositionKind::Columns.first(model).map_or_else(|| quote!(at), |first| quote!(at + #first))
}

pub(crate) fn hydrate(model: &Model) -> TokenStream {
    let fields = offsets(model, PositionKind::Columns, Some(start(model))).into_iter().map(|(field, at)| {
        let (span, ident) = (field.blame(), &field.ident);
        let read = match field.role {
            Role::Column(_) => quote_spanned!(span=> __orm::ColumnType::read(row, #at)?),
            Role::BelongsTo(_) => quote_spanned!(span=> __orm::BelongsTo::read(row, #at)?),
            Role::Embed { .. } => quote_spanned!(span=> __orm::Embedded::hydrate(row, #at)?),
            Role::Base { .. } => quote_spanned!(span=> __orm::Entity::hydrate(row, at)?),
            Role::Collection(_) | Role::Skip => quote_spanned!(span=> __orm::Default::default()),
        };
        quote!(#ident: #read)
    });
    quote! {
        #[inline]
        fn hydrate(row: &mut dyn __orm::RowReader, at: usize) -> __orm::Result<Self, __orm::ReadError> {
            __orm::Ok(Self { #(#fields),* })
        }
    }
}

/// Generates `refresh`, which reads the whole row before it changes a field, so that an error leaves the entity
/// unchanged.
pub(crate) fn refresh(model: &Model) -> TokenStream {
    let fields = offsets(model, PositionKind::Columns, Some(start(model))).into_iter().map(|(field, at)| {
        let (span, ident) = (field.blame(), &field.ident);
        match field.role {
            Role::Column(_) => quote!(__orm::swap(&mut self.#ident, &mut fresh.#ident);),
            Role::BelongsTo(_) => quote_spanned!(span=> __orm::BelongsTo::refresh(&mut self.#ident, row, #at)?;),
            Role::Embed { .. } => quote_spanned!(span=> __orm::Embedded::refresh(&mut self.#ident, row, #at)?;),
            Role::Base { .. } => quote_spanned!(span=> __orm::Record::refresh(&mut self.#ident, row, at)?;),
            Role::Collection(_) | Role::Skip => TokenStream::new(),
        }
    });
    let owner = match model.derive {
        Derive::Entity => quote!(__orm::Entity),
        Derive::Embed => quote!(__orm::Embedded),
    };
    quote! {
        fn refresh(&mut self, row: &mut dyn __orm::RowReader, at: usize) -> __orm::Result<(), __orm::ReadError> {
            let mut fresh: Self = #owner::hydrate(row, at)?;
            #(#fields)*
            __orm::Ok(())
        }
    }
}
