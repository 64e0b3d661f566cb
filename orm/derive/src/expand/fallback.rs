//! Fallback implementations for a struct with faults, so that the rest of the program is checked and the faults are not
//! buried under "`User` is not an entity". The code never runs, because the faults are compile errors.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Ident;

use super::{constants, key};
use crate::model::{Derive, Model};

pub(crate) fn fallback(ident: &Ident, derive: Derive, model: Option<&Model>) -> TokenStream {
    let constants = model.map(constants::constants);
    let owner = match derive {
        Derive::Entity => entity(ident, model),
        Derive::Embed => embedded(ident),
    };
    quote!(#constants #owner)
}

fn entity(ident: &Ident, model: Option<&Model>) -> TokenStream {
    let key = model.and_then(key::whole_key).unwrap_or_else(|| quote!(i64));
    let named_fields = model.map(key::named_fields);
    let values = values(&quote!(__orm::ColumnPosition));
    quote! {
        #[automatically_derived]
        impl __orm::Record for #ident {
            fn meta(&self) -> &'static __orm::EntityMeta { __orm::faulty() }
            #values
        }
        #[automatically_derived]
        impl __orm::Entity for #ident {
            type PrimaryKey = #key;
            __orm::own_root!();
            fn entity_meta() -> &'static __orm::EntityMeta { __orm::faulty() }
            fn hydrate(_: &mut dyn __orm::RowReader, _: usize) -> __orm::Result<Self, __orm::ReadError> { __orm::faulty() }
        }
        #named_fields
    }
}

fn embedded(ident: &Ident) -> TokenStream {
    let values = values(&quote!(usize));
    quote! {
        #[automatically_derived]
        impl __orm::Embedded for #ident {
            const COLUMNS: usize = 0;
            const RELATIONS: usize = 0;
            fn describe(_: &mut __orm::EntityMeta) {}
            fn hydrate(_: &mut dyn __orm::RowReader, _: usize) -> __orm::Result<Self, __orm::ReadError> { __orm::faulty() }
            #values
        }
    }
}

/// Methods that entities and embedded structs share, but for the type of a position.
fn values(position: &TokenStream) -> TokenStream {
    quote! {
        fn value(&self, _: #position) -> __orm::ValueRef<'_> { __orm::faulty() }
        fn is_unset(&self, _: #position) -> bool { __orm::faulty() }
        fn unset(&mut self, _: #position) { __orm::faulty() }
        fn set_value(&mut self, _: #position, _: __orm::Value) -> __orm::Result<(), __orm::String> { __orm::faulty() }
        fn refresh(&mut self, _: &mut dyn __orm::RowReader, _: usize) -> __orm::Result<(), __orm::ReadError> {
            __orm::faulty()
        }
    }
}
