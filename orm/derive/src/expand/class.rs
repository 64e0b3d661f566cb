//! Items of a class of a hierarchy: `impl Class`, the access to its base, and `IsA` for its ancestors.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::{meta, position};
use crate::model::{Model, Role};

/// `as_class` of the record: the class itself or its base. Outside of hierarchies the trait's default is used.
pub(crate) fn views(model: &Model) -> Option<TokenStream> {
    model.root.as_ref()?;
    let (shared, unique) = match model.base() {
        Some(base) => {
            let base = &base.ident;
            (
                quote!(__orm::Record::as_class(&self.#base, class)),
                quote!(__orm::Record::as_class_mut(&mut self.#base, class)),
            )
        }
        None => (quote!(__orm::None), quote!(__orm::None)),
    };
    Some(quote! {
        fn as_class(&self, class: __orm::TypeId) -> __orm::Option<&dyn __orm::Any> {
            if class == __orm::TypeId::of::<Self>() { __orm::Some(self) } else { #shared }
        }
        fn as_class_mut(&mut self, class: __orm::TypeId) -> __orm::Option<&mut dyn __orm::Any> {
            if class == __orm::TypeId::of::<Self>() { __orm::Some(self) } else { #unique }
        }
    })
}

/// `impl Class` and `IsA` for the ancestors.
pub(crate) fn class(model: &Model) -> Option<TokenStream> {
    let (ident, root, table, names_table) = (&model.ident, model.root.as_ref()?, &model.table, model.names_table);
    let (totals, describe) = (position::totals(model), meta::describe(model));
    let names = model.fields.iter().flat_map(|field| field.columns());
    let extends = model.base().is_some();
    let (base, key, is_a) = match model.base() {
        Some(field) => {
            let ty = &field.ty;
            let key = match &field.role {
                Role::Base { key } if !key.is_empty() => {
                    Some(quote!(const KEY: &'static [&'static str] = &[#(#key),*];))
                }
                _ => None,
            };
            let count = key.is_some().then(|| key_count(field));
            let order = quote_spanned! {field.blame()=>
                const _: () = __orm::check_order(
                    <#ty as __orm::ClassOf<#root>>::VARIANT,
                    <#ident as __orm::ClassOf<#root>>::VARIANT,
                );
                #count
            };
            let is_a = quote! {
                #[automatically_derived]
                impl<C> __orm::IsA<C> for #ident where #ty: __orm::IsA<C> {}
                #order
            };
            (quote!(__orm::Some(__orm::TypeId::of::<#ty>())), key, is_a)
        }
        None => (
            quote!(__orm::None),
            None,
            quote! {
                #[automatically_derived]
                impl __orm::IsA<#root> for #ident {}
            },
        ),
    };
    Some(quote! {
        #[automatically_derived]
        impl __orm::Class for #ident {
            const OWN_TABLE: &'static str = #table;
            const NAMES_TABLE: bool = #names_table;
            const EXTENDS: bool = #extends;
            const NAMES: &'static [&'static str] = &[#(#names),*];
            #totals
            #key
            fn base() -> __orm::Option<__orm::TypeId> { #base }
            #describe
        }
        #is_a
    })
}

/// The names of the key columns are as many as the key has.
fn key_count(field: &crate::model::Field) -> TokenStream {
    let Role::Base { key } = &field.role else { return TokenStream::new() };
    let (ty, count) = (&field.ty, proc_macro2::Literal::usize_unsuffixed(key.len()));
    quote_spanned! {field.blame()=>
        const _: () = __orm::check_foreign_key::<{ __orm::columns_of_key::<#ty>() }, #count>();
    }
}
