//! The type of the primary key, the types of fields by name, and what only the compiler can check.

use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use crate::model::{Field, Model, Role};
use crate::types;

/// The key's type: the field's, or a tuple of them.
pub(crate) fn key_type(model: &Model) -> TokenStream {
    let parts: Vec<TokenStream> = model.fields.iter().filter(|field| field.is_key()).flat_map(parts).collect();
    match &parts[..] {
        [part] => part.clone(),
        _ => quote!((#(#parts),*)),
    }
}

/// The key's part of a field; a foreign key of several columns has several.
fn parts(field: &Field) -> Vec<TokenStream> {
    let ty = &field.ty;
    let key = quote_spanned!(ty.span()=> <#ty as __orm::KeyField>::Key);
    match field.columns().len() {
        0 | 1 => vec![key],
        several => (0..several)
            .map(|at| {
                let at = Literal::usize_unsuffixed(at);
                quote_spanned!(ty.span()=> <#key as __orm::KeyAt<#at>>::Part)
            })
            .collect(),
    }
}

/// An embedded struct with a primary key can be an entity's.
pub(crate) fn embedded_key(model: &Model) -> TokenStream {
    if !model.fields.iter().any(Field::is_key) {
        return TokenStream::new();
    }
    let (ident, key) = (&model.ident, key_type(model));
    quote! {
        #[automatically_derived]
        impl __orm::KeyField for #ident { type Key = #key; }
    }
}

/// The type of each column field under its name, so that a keyed collection elsewhere can name the type of its key.
pub(crate) fn named_fields(model: &Model) -> TokenStream {
    let ident = &model.ident;
    let fields = model.fields.iter().filter_map(|field| match &field.role {
        Role::Column(column) => {
            let (name, ty) = (name_hash(&field.name), &column.base);
            Some(quote! {
                #[automatically_derived]
                impl __orm::NamedField<#name> for #ident { type Type = #ty; }
            })
        }
        _ => None,
    });
    quote!(#(#fields)*)
}

/// A name as a number (FNV-1a), as a type cannot carry a string.
pub(crate) fn name_hash(name: &str) -> Literal {
    let hash = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    Literal::u64_unsuffixed(hash)
}

/// Assertions about other types: a foreign key has as many columns as the key it refers to, an embedded key is used as one.
pub(crate) fn checks(model: &Model) -> TokenStream {
    let checks = model.fields.iter().map(|field| match &field.role {
        Role::BelongsTo(reference) => {
            let (target, columns) = (&reference.target, Literal::usize_unsuffixed(reference.columns.len()));
            let span = types::last_segment(&field.ty).map_or_else(|| field.ty.span(), Spanned::span);
            quote_spanned!(span=> const _: () = __orm::check_foreign_key::<#target>(#columns);)
        }
        Role::Embed { .. } if !field.is_key() => {
            let ty = &field.ty;
            quote_spanned!(ty.span()=> const _: () = __orm::check_embedded_key::<#ty>();)
        }
        _ => TokenStream::new(),
    });
    quote!(#(#checks)*)
}
