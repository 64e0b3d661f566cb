//! `#[derive(FromRow)]`: fills a plain struct from a row, by column names.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Fields, Ident, LitStr, Type};

use crate::errors::Errors;
use crate::{expand, types};

/// Runs the derive: returns the expansion, or all faults and a fallback.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    let fields = fields(input, &mut errors).and_then(|fields| errors.finish().map(|()| fields));
    match fields {
        Ok(fields) => expand::scope(from_row(&input.ident, &fields)),
        Err(faults) if input.generics.params.is_empty() => expand::faulty(faults, fallback(&input.ident)),
        Err(faults) => faults.into_compile_error(),
    }
}

/// A field and its column.
struct Field {
    ident: Ident,
    name: String,
    column: String,
    ty: Type,
}

fn from_row(ident: &Ident, fields: &[Field]) -> TokenStream {
    let struct_name = ident.unraw().to_string();
    let names = fields.iter().map(|Field { name, column, .. }| quote!((#name, #column)));
    let reads = fields.iter().enumerate().map(|(place, Field { ident, ty, .. })| {
        quote_spanned!(types::generated_at(ty.span())=> #ident: __orm::ColumnType::read(row, at[#place])?)
    });
    quote! {
        #[automatically_derived]
        impl __orm::FromRow for #ident {
            const NAME: &'static str = #struct_name;
            const FIELDS: &'static [(&'static str, &'static str)] = &[#(#names),*];
            fn from_row(row: &mut dyn __orm::RowReader, at: &[usize]) -> __orm::Result<Self, __orm::ReadError> {
                __orm::Ok(Self { #(#reads),* })
            }
        }
    }
}

/// A fallback implementation, so that the rest of the program is checked. It never runs.
fn fallback(ident: &Ident) -> TokenStream {
    quote! {
        #[automatically_derived]
        impl __orm::FromRow for #ident {
            const NAME: &'static str = "";
            const FIELDS: &'static [(&'static str, &'static str)] = &[];
            fn from_row(_: &mut dyn __orm::RowReader, _: &[usize]) -> __orm::Result<Self, __orm::ReadError> {
                __orm::faulty()
            }
        }
    }
}

/// The fields and their columns.
fn fields(input: &DeriveInput, errors: &mut Errors) -> syn::Result<Vec<Field>> {
    let refuse = |message| Err(syn::Error::new_spanned(&input.ident, message));
    let named = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) if !fields.named.is_empty() => &fields.named,
            Fields::Unnamed(_) => return refuse("columns are taken by name: name the fields, or read a plain tuple"),
            _ => return refuse("a row fills fields: give the struct one for each column that is selected"),
        },
        Data::Enum(_) => {
            return refuse("a row fills a struct with named fields; for an enum in one column derive `ColumnEnum`");
        }
        Data::Union(_) => return refuse("a row fills a struct with named fields"),
    };
    if !input.generics.params.is_empty() {
        let message = "a struct that a row fills owns values of known types and cannot be generic; write one for each";
        return Err(syn::Error::new_spanned(&input.generics, message));
    }
    for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("from_row")) {
        errors.push_at(attribute, "`from_row` belongs on a field, as `#[from_row(column = \"...\")]` there");
    }
    let mut fields: Vec<Field> = Vec::new();
    for field in named {
        let Some(ident) = field.ident.clone() else { continue };
        let name = ident.unraw().to_string();
        let stated = column(&field.attrs, errors);
        let column = stated.as_ref().map_or_else(|| name.clone(), LitStr::value);
        if let Some(other) = fields.iter().find(|other| other.column == column) {
            let span = stated.map_or_else(|| ident.span(), |stated| stated.span());
            let taken = format!(
                "`{}` takes the column \"{column}\" already; name another with `#[from_row(column = \"...\")]`",
                other.name
            );
            errors.push(span, taken);
        }
        fields.push(Field { ty: types::generated(&field.ty, &input.ident), ident, name, column });
    }
    Ok(fields)
}

/// `#[from_row(column = "..")]`
fn column(attributes: &[Attribute], errors: &mut Errors) -> Option<LitStr> {
    let mut column: Option<LitStr> = None;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("from_row")) {
        let parsed = attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("column") {
                return Err(meta.error("unknown attribute; write `#[from_row(column = \"...\")]`"));
            }
            if column.is_some() {
                return Err(meta.error("`column` stands twice; remove one"));
            }
            let stated: LitStr = meta.value()?.parse()?;
            if stated.value().trim().is_empty() {
                return Err(syn::Error::new(stated.span(), "the string is empty; leave the attribute out instead"));
            }
            column = Some(stated);
            Ok(())
        });
        if let Err(error) = parsed {
            errors.add(error);
        }
    }
    column
}
