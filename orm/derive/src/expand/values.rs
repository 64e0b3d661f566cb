//! `value`, `set_value`, `is_unset` and `unset`: columns by position.

use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};

use super::position::{Dispatch, PositionKind};
use crate::model::{Field, Model, Role};

pub(crate) fn values(model: &Model) -> TokenStream {
    let value = Dispatch {
        count: PositionKind::Columns,
        arms: &|field| {
            let (span, ident) = (field.blame(), &field.ident);
            each_column(
                field,
                quote_spanned!(span=> __orm::ColumnType::to_value(&self.#ident)),
                |part| quote_spanned!(span=> __orm::ReferenceField::id_part(&self.#ident, #part)),
            )
        },
        embedded: &|field| {
            let ident = &field.ident;
            quote_spanned!(field.blame()=> __orm::Embedded::value(&self.#ident, position))
        },
        otherwise: quote!(__orm::ValueRef::Null),
    };
    let set_value = Dispatch {
        count: PositionKind::Columns,
        arms: &|field| {
            let (span, ident) = (field.blame(), &field.ident);
            each_column(
                field,
                quote_spanned!(span=> __orm::set(&mut self.#ident, value)),
                |part| quote_spanned!(span=> __orm::ReferenceField::set_part(&mut self.#ident, #part, value)),
            )
        },
        embedded: &|field| {
            let ident = &field.ident;
            quote_spanned!(field.blame()=> __orm::Embedded::set_value(&mut self.#ident, position, value))
        },
        otherwise: quote!(__orm::no_column()),
    };
    let value = PositionKind::Columns.own(
        model,
        &value.body(&model.fields, &PositionKind::number(model)),
        |base| quote!(__orm::Record::value(&self.#base, position)),
        &value.otherwise,
    );
    let set_value = PositionKind::Columns.own(
        model,
        &set_value.body(&model.fields, &PositionKind::number(model)),
        |base| quote!(__orm::Record::set_value(&mut self.#base, position, value)),
        &quote!(__orm::unset_column(&value)),
    );
    let is_unset = Dispatch {
        count: PositionKind::Columns,
        arms: &|field| {
            let (span, ident) = (field.blame(), &field.ident);
            of_columns(field, quote_spanned!(span=> __orm::ColumnType::is_unset(&self.#ident)))
        },
        embedded: &|field| {
            let ident = &field.ident;
            quote_spanned!(field.blame()=> __orm::Embedded::is_unset(&self.#ident, position))
        },
        otherwise: quote!(false),
    };
    let unset = Dispatch {
        count: PositionKind::Columns,
        arms: &|field| {
            let (span, ident) = (field.blame(), &field.ident);
            of_columns(field, quote_spanned!(span=> __orm::ColumnType::unset(&mut self.#ident)))
        },
        embedded: &|field| {
            let ident = &field.ident;
            quote_spanned!(field.blame()=> __orm::Embedded::unset(&mut self.#ident, position))
        },
        otherwise: quote!({}),
    };
    let is_unset = PositionKind::Columns.own(
        model,
        &is_unset.body(&model.fields, &PositionKind::number(model)),
        |base| quote!(__orm::Record::is_unset(&self.#base, position)),
        &is_unset.otherwise,
    );
    let unset = PositionKind::Columns.own(
        model,
        &unset.body(&model.fields, &PositionKind::number(model)),
        |base| quote!(__orm::Record::unset(&mut self.#base, position)),
        &unset.otherwise,
    );
    let index = PositionKind::Columns.index_type(model);
    let deferred = deferred(model);
    quote! {
        #deferred
        fn is_unset(&self, position: #index) -> bool { #is_unset }
        fn unset(&mut self, position: #index) { #unset }
        fn value(&self, position: #index) -> __orm::ValueRef<'_> { #value }
        fn set_value(&mut self, position: #index, value: __orm::Value) -> __orm::Result<(), __orm::String> { #set_value }
    }
}

/// Generates `deferred`: the `Deferred` fields. An entity without any uses the trait's default.
fn deferred(model: &Model) -> Option<TokenStream> {
    let dispatch = Dispatch {
        count: PositionKind::Columns,
        arms: &|field| {
            let (span, ident) = (field.blame(), &field.ident);
            match &field.role {
                Role::Column(column) if column.deferred => vec![Some(quote_spanned!(span=> __orm::Some(&self.#ident)))],
                _ => vec![None; PositionKind::Columns.of(field)],
            }
        },
        embedded: &|field| {
            let ident = &field.ident;
            quote_spanned!(field.blame()=> __orm::Embedded::deferred(&self.#ident, position))
        },
        otherwise: quote!(__orm::None),
    };
    if dispatch.is_empty(model) && model.base().is_none() {
        return None;
    }
    let body = PositionKind::Columns.own(
        model,
        &dispatch.body(&model.fields, &PositionKind::number(model)),
        |base| quote!(__orm::Record::deferred(&self.#base, position)),
        &dispatch.otherwise,
    );
    let index = PositionKind::Columns.index_type(model);
    Some(quote! {
        fn deferred(&self, position: #index) -> __orm::Option<&dyn __orm::Any> { #body }
    })
}

/// The treatment of a column; a foreign key is never left to the database.
fn of_columns(field: &Field, column: TokenStream) -> Vec<Option<TokenStream>> {
    match &field.role {
        Role::Column(_) => vec![Some(column)],
        _ => vec![None; PositionKind::Columns.of(field)],
    }
}

/// Generates code for a column, or for each column of a foreign key.
fn each_column(field: &Field, column: TokenStream, part: impl Fn(Literal) -> TokenStream) -> Vec<Option<TokenStream>> {
    match &field.role {
        Role::Column(_) => vec![Some(column)],
        Role::BelongsTo(reference) => {
            (0..reference.columns.len()).map(|at| Some(part(Literal::usize_unsuffixed(at)))).collect()
        }
        _ => Vec::new(),
    }
}
