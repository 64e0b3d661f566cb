//! `value` and `set_value`: columns by position.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::position::{Count, Dispatch};
use crate::model::{Field, Model, Role};

pub(crate) fn values(model: &Model) -> TokenStream {
    let value = Dispatch {
        count: Count::Columns,
        arms: &|field| {
            each_column(
                field,
                |ident| quote!(__orm::ColumnType::to_value(&self.#ident)),
                |ident, part| quote!(__orm::ReferenceField::id_part(&self.#ident, #part)),
            )
        },
        embedded: &|Field { ident, .. }| quote!(__orm::Embedded::value(&self.#ident, position)),
        otherwise: quote!(__orm::ValueRef::Null),
    };
    let set_value = Dispatch {
        count: Count::Columns,
        arms: &|field| {
            each_column(
                field,
                |ident| quote!(__orm::set(&mut self.#ident, value)),
                |ident, part| quote!(__orm::ReferenceField::set_part(&mut self.#ident, #part, value)),
            )
        },
        embedded: &|Field { ident, .. }| quote!(__orm::Embedded::set_value(&mut self.#ident, position, value)),
        otherwise: quote!(__orm::no_column(position)),
    };
    let (value, set_value) = (value.body(&model.fields), set_value.body(&model.fields));
    quote! {
        fn value(&self, position: usize) -> __orm::ValueRef<'_> { #value }
        fn set_value(&mut self, position: usize, value: __orm::Value) -> __orm::Result<(), __orm::String> { #set_value }
    }
}

fn each_column(
    field: &Field,
    column: impl Fn(&syn::Ident) -> TokenStream,
    part: impl Fn(&syn::Ident, Literal) -> TokenStream,
) -> Vec<Option<TokenStream>> {
    match &field.role {
        Role::Column(_) => vec![Some(column(&field.ident))],
        Role::BelongsTo(reference) => {
            (0..reference.columns.len()).map(|at| Some(part(&field.ident, Literal::usize_unsuffixed(at)))).collect()
        }
        _ => Vec::new(),
    }
}
