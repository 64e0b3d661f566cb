//! Type of the primary key, types of fields by name, and compile-time assertions about keys.

use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};
use syn::Type;

use crate::attribute::Key;
use crate::model::{Field, Model, Role};

/// Maximum number of columns of a primary key.
pub(crate) const MAX_KEY_COLUMNS: usize = 4;

/// Type of the primary key: the field's type or a tuple. `None` without a key, or for one that is too long.
pub(crate) fn whole_key(model: &Model) -> Option<TokenStream> {
    if let Some(base) = model.base() {
        let ty = &base.ty;
        return Some(quote_spanned!(base.blame()=> <#ty as __orm::Entity>::PrimaryKey));
    }
    let parts: Vec<TokenStream> = model.fields.iter().filter(|field| field.is_key()).flat_map(parts).collect();
    if model.fields.iter().any(|field| refers_to_itself(model, field)) {
        return None;
    }
    match &parts[..] {
        [part] => Some(part.clone()),
        [_, _, ..] if parts.len() <= MAX_KEY_COLUMNS => Some(quote!((#(#parts),*))),
        _ => None,
    }
}

/// Generates `KEY_IS_SENSITIVE`: whether a part of the key, or of the base's key, is marked `sensitive`.
pub(crate) fn is_sensitive(model: &Model) -> TokenStream {
    if let Some(base) = model.base() {
        let ty = &base.ty;
        return quote!(const KEY_IS_SENSITIVE: bool = <#ty as __orm::Entity>::KEY_IS_SENSITIVE;);
    }
    let mut key = model.fields.iter().filter(|field| field.is_key());
    match key.any(|field| field.attributes.has(Key::Sensitive)) {
        true => quote!(
            const KEY_IS_SENSITIVE: bool = true;
        ),
        false => TokenStream::new(),
    }
}

/// Whether a part of the key is the entity's own key.
pub(crate) fn refers_to_itself(model: &Model, field: &Field) -> bool {
    let Role::BelongsTo(reference) = &field.role else { return false };
    field.is_key() && matches!(&reference.target, Type::Path(target) if target.path.is_ident(&model.ident))
}

/// The key's part of a field; a foreign key of several columns has several.
fn parts(field: &Field) -> Vec<TokenStream> {
    let ty = &field.ty;
    let key = quote_spanned!(field.blame()=> <#ty as __orm::KeyField>::Key);
    match field.columns().len() {
        0 | 1 => vec![key],
        several => (0..several)
            .map(|at| {
                let at = Literal::usize_unsuffixed(at);
                quote_spanned!(field.blame()=> <#key as __orm::KeyAt<#at>>::Part)
            })
            .collect(),
    }
}

/// An embedded struct with a primary key can be an entity's.
pub(crate) fn embedded_key(model: &Model) -> TokenStream {
    let ident = &model.ident;
    let key = whole_key(model).map(|key| {
        quote! {
            #[automatically_derived]
            impl __orm::KeyField for #ident { type Key = #key; }
        }
    });
    quote!(#key)
}

/// Types of column fields by name, for keyed collections of other entities.
pub(crate) fn named_fields(model: &Model) -> TokenStream {
    let ident = &model.ident;
    let fields = model.fields.iter().filter_map(|field| match &field.role {
        // Members of a keyed collection are found by a value that is always there.
        Role::Column(column) if !column.deferred => {
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

/// Assertions about other types: a foreign key has as many columns as the key that it refers to, and an embedded key is
/// declared.
pub(crate) fn checks(model: &Model) -> TokenStream {
    let checks = model.fields.iter().map(|field| match &field.role {
        Role::BelongsTo(reference) => {
            let (target, columns) = (&reference.target, Literal::usize_unsuffixed(reference.columns.len()));
            quote_spanned! {field.blame()=>
                const _: () = __orm::check_foreign_key::<{ __orm::columns_of_key::<#target>() }, #columns>();
            }
        }
        Role::Embed { .. } if !field.is_key() => {
            let ty = &field.ty;
            quote_spanned!(field.blame()=> const _: () = __orm::check_embedded_key::<{ <#ty as __orm::Embedded>::HAS_KEY }>();)
        }
        _ => TokenStream::new(),
    });
    quote!(#(#checks)*)
}
