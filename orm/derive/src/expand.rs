//! From the checked model to tokens: one generated item a file.

mod constants;
mod hydrate;
mod key;
mod links;
mod meta;
mod position;
mod values;

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::check;
use crate::errors::Errors;
use crate::model::{Derive, Model};

/// The whole of `#[derive(Entity)]` and `#[derive(Embed)]`.
///
/// # Errors
/// Every fault of the struct at once.
pub(crate) fn derive(input: &DeriveInput, derive: Derive) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    let model = Model::new(input, derive, &mut errors)?;
    check::check(&model, &mut errors);
    errors.finish()?;
    Ok(scope(match derive {
        Derive::Entity => entity(&model),
        Derive::Embed => embedded(&model),
    }))
}

/// The one name that generated code brings in, where nobody else sees it.
pub(crate) fn scope(items: TokenStream) -> TokenStream {
    quote! {
        const _: () = {
            use ::orm::__derive as __orm;
            #items
        };
    }
}

fn entity(model: &Model) -> TokenStream {
    let ident = &model.ident;
    let constants = constants::constants(model);
    let key = key::key_type(model);
    let key_checks = key::checks(model);
    let named_fields = key::named_fields(model);
    let entity_meta = meta::entity_meta(model);
    let values = values::values(model);
    let links = links::links(model);
    let (hydrate, refresh) = (hydrate::hydrate(model), hydrate::refresh(model));
    quote! {
        #constants
        #[automatically_derived]
        impl __orm::Record for #ident {
            fn meta(&self) -> &'static __orm::EntityMeta { <Self as __orm::Entity>::entity_meta() }
            #values
            #links
            #refresh
        }
        #[automatically_derived]
        impl __orm::Entity for #ident {
            type PrimaryKey = #key;
            #entity_meta
            #hydrate
        }
        #named_fields
        #key_checks
    }
}

fn embedded(model: &Model) -> TokenStream {
    let ident = &model.ident;
    let constants = constants::constants(model);
    let counts = position::counts(model);
    let key = key::embedded_key(model);
    let key_checks = key::checks(model);
    let describe = meta::describe(model);
    let values = values::values(model);
    let links = links::links(model);
    let (hydrate, refresh) = (hydrate::hydrate(model), hydrate::refresh(model));
    quote! {
        #constants
        #[automatically_derived]
        #[allow(unused_variables, reason = "there may be no column to use a parameter for")]
        impl __orm::Embedded for #ident {
            #counts
            #describe
            #values
            #links
            #hydrate
            #refresh
        }
        #key
        #key_checks
    }
}
