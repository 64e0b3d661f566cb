//! `#[derive(ColumnEnum)]`: an enum without fields, stored as text.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{Attribute, Data, DeriveInput, Fields, Ident, LitStr};

use crate::errors::Errors;
use crate::{expand, types};

/// Runs the derive: returns the expansion, or all faults and a fallback.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    let variants = variants(input, &mut errors).and_then(|variants| errors.finish().map(|()| variants));
    match variants {
        Ok(variants) => expand::scope(column_type(&input.ident, variants)),
        Err(faults) if input.generics.params.is_empty() => expand::faulty(faults, fallback(&input.ident)),
        Err(faults) => faults.into_compile_error(),
    }
}

fn column_type(ident: &Ident, variants: Vec<(Ident, String)>) -> TokenStream {
    let (names, labels): (Vec<Ident>, Vec<String>) = variants.into_iter().unzip();
    quote! {
        #[automatically_derived]
        impl __orm::Labels for #ident {
            const LABELS: &'static [&'static str] = &[#(#labels),*];
            fn label(&self) -> &'static str {
                match self { #(Self::#names => #labels),* }
            }
            fn from_label(label: &str) -> __orm::Option<Self> {
                __orm::Some(match label { #(#labels => Self::#names,)* _ => return __orm::None })
            }
        }
        #[automatically_derived]
        impl __orm::ColumnType for #ident {
            type Base = Self;
            fn data_type() -> __orm::DataType { __orm::labels_type::<Self>() }
            fn to_value(&self) -> __orm::ValueRef<'_> { __orm::ValueRef::Text(__orm::Labels::label(self)) }
            fn from_value(value: __orm::Value) -> __orm::Result<Self, __orm::String> { __orm::label_from_value(value) }
            fn read(row: &mut dyn __orm::RowReader, column: usize) -> __orm::Result<Self, __orm::ReadError> {
                __orm::read_label(row, column)
            }
        }
    }
}

/// A fallback implementation, so that the rest of the program is checked. It never runs.
fn fallback(ident: &Ident) -> TokenStream {
    quote! {
        #[automatically_derived]
        impl __orm::ColumnType for #ident {
            type Base = Self;
            fn data_type() -> __orm::DataType { __orm::faulty() }
            fn to_value(&self) -> __orm::ValueRef<'_> { __orm::faulty() }
            fn from_value(_: __orm::Value) -> __orm::Result<Self, __orm::String> { __orm::faulty() }
        }
    }
}

/// The variants and their texts.
fn variants(input: &DeriveInput, errors: &mut Errors) -> syn::Result<Vec<(Ident, String)>> {
    let Data::Enum(data) = &input.data else {
        let message = "a `ColumnEnum` is an enum; for a struct of columns derive `Embed`";
        return Err(syn::Error::new_spanned(&input.ident, message));
    };
    if !input.generics.params.is_empty() {
        return Err(syn::Error::new_spanned(
            &input.generics,
            "a `ColumnEnum` is a list of words and cannot be generic",
        ));
    }
    if data.variants.is_empty() {
        return Err(syn::Error::new_spanned(
            &input.ident,
            "a `ColumnEnum` needs a variant: each is a text that the column may hold",
        ));
    }
    let mut variants: Vec<(Ident, String)> = Vec::new();
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            errors.push_at(
                &variant.fields,
                "a variant is stored as its name alone: remove the fields, or store a JSON column",
            );
        }
        let name = name(&variant.attrs, errors);
        let label = name.as_ref().map_or_else(|| types::snake_case(&variant.ident.unraw().to_string()), LitStr::value);
        if let Some((other, _)) = variants.iter().find(|(_, known)| *known == label) {
            let span = name.map_or_else(|| variant.ident.span(), |name| name.span());
            errors.push(
                span,
                format!(
                    "`{other}` is stored as \"{label}\" already; name another with `#[column_enum(name = \"...\")]`"
                ),
            );
        }
        variants.push((variant.ident.clone(), label));
    }
    Ok(variants)
}

/// `#[column_enum(name = "..")]`
fn name(attributes: &[Attribute], errors: &mut Errors) -> Option<LitStr> {
    let mut name = None;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("column_enum")) {
        let parsed = attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("name") {
                return Err(meta.error("unknown attribute; write `#[column_enum(name = \"...\")]`"));
            }
            name = Some(meta.value()?.parse()?);
            Ok(())
        });
        if let Err(error) = parsed {
            errors.add(error);
        }
    }
    name
}
