//! Generates `reference` and `collection`: relationships by position. An entity without relationships uses the trait's
//! defaults.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};

use super::position::{Dispatch, PositionKind};
use crate::model::{Model, Role};

pub(crate) fn links(model: &Model) -> TokenStream {
    let references = link(model, "reference", "ReferenceField", |role| matches!(role, Role::BelongsTo(_)));
    let collections = link(model, "collection", "CollectionField", |role| matches!(role, Role::Collection(_)));
    quote!(#references #collections)
}

/// Generates a function and its `_mut` version.
fn link(model: &Model, name: &str, object: &str, is_link: fn(&Role) -> bool) -> TokenStream {
    let (object, shared, unique) = (format_ident!("{object}"), format_ident!("{name}"), format_ident!("{name}_mut"));
    let shared_body = body(model, is_link, &quote!(&), &shared);
    let unique_body = body(model, is_link, &quote!(&mut), &unique);
    let index = PositionKind::Relations.index_type(model);
    match (shared_body, unique_body) {
        (Some(shared_body), Some(unique_body)) => quote! {
            fn #shared(&self, position: #index) -> __orm::Option<&dyn __orm::#object> { #shared_body }
            fn #unique(&mut self, position: #index) -> __orm::Option<&mut dyn __orm::#object> { #unique_body }
        },
        _ => TokenStream::new(),
    }
}

fn body(model: &Model, is_link: fn(&Role) -> bool, borrow: &TokenStream, function: &syn::Ident) -> Option<TokenStream> {
    let dispatch = Dispatch {
        count: PositionKind::Relations,
        arms: &|field| {
            let ident = &field.ident;
            let arm = is_link(&field.role).then(|| quote_spanned!(field.blame()=> __orm::Some(#borrow self.#ident)));
            vec![arm; PositionKind::Relations.of(field)]
        },
        embedded: &|field| {
            let ident = &field.ident;
            quote_spanned!(field.blame()=> __orm::Embedded::#function(#borrow self.#ident, position))
        },
        otherwise: quote!(__orm::None),
    };
    let extended = |base: &syn::Ident| quote!(__orm::Record::#function(#borrow self.#base, position));
    (!dispatch.is_empty(model) || model.base().is_some()).then(|| {
        PositionKind::Relations.own(
            model,
            &dispatch.body(&model.fields, &PositionKind::number(model)),
            extended,
            &dispatch.otherwise,
        )
    })
}
