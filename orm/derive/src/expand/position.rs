//! Positions of columns and relationships: literal numbers up to the first embedded struct, computed constants after
//! it.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Ident;

use crate::model::{Derive, Field, Model, Role};

/// Columns or relationships.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PositionKind {
    Columns,
    Relations,
}

impl PositionKind {
    /// Number of columns or relationships of a field.
    pub(crate) fn of(self, field: &Field) -> usize {
        match (self, &field.role) {
            (Self::Columns, _) => field.columns().len(),
            (Self::Relations, Role::BelongsTo(_) | Role::Collection(_)) => 1,
            (Self::Relations, _) => 0,
        }
    }

    /// Number of columns or relationships of an embedded struct, as a constant expression.
    fn embedded(self, field: &Field) -> TokenStream {
        let ty = &field.ty;
        let constant = match self {
            Self::Columns => format_ident!("COLUMNS"),
            Self::Relations => format_ident!("RELATIONS"),
        };
        quote_spanned!(field.blame()=> <#ty as __orm::Embedded>::#constant)
    }
}

impl PositionKind {
    /// For a class: position of its first column or relationship in the root.
    pub(crate) fn first(self, model: &Model) -> Option<TokenStream> {
        let (class, root) = (&model.ident, model.root.as_ref()?);
        let constant = match self {
            Self::Columns => format_ident!("FIRST_COLUMN"),
            Self::Relations => format_ident!("FIRST_RELATION"),
        };
        Some(quote!(<#class as __orm::ClassOf<#root>>::#constant))
    }

    /// The type of a position in an entity; embedded structs count by plain numbers.
    pub(crate) fn index_type(self, model: &Model) -> TokenStream {
        match (model.derive, self) {
            (Derive::Embed, _) => quote!(usize),
            (Derive::Entity, Self::Columns) => quote!(__orm::ColumnPosition),
            (Derive::Entity, Self::Relations) => quote!(__orm::RelationPosition),
        }
    }

    /// The position as a number, where a body begins.
    pub(crate) fn number(model: &Model) -> TokenStream {
        // A class has its number from `within`.
        match (model.derive, &model.root) {
            (Derive::Entity, None) => quote!(position.0),
            _ => quote!(position),
        }
    }

    /// For a class: dispatches a position to the class's own fields, its base, or `otherwise`.
    pub(crate) fn own(
        self,
        model: &Model,
        body: &TokenStream,
        extended: impl FnOnce(&Ident) -> TokenStream,
        otherwise: &TokenStream,
    ) -> TokenStream {
        let Some(first) = self.first(model) else { return body.clone() };
        let count = match self {
            Self::Columns => quote!(<Self as __orm::Class>::COLUMNS),
            Self::Relations => quote!(<Self as __orm::Class>::RELATIONS),
        };
        let outside = model.base().map_or_else(|| otherwise.clone(), |base| extended(&base.ident));
        quote! {
            match __orm::within(position.0, #first, #count) {
                __orm::Ok(position) => #body,
                __orm::Err(_) => #outside,
            }
        }
    }
}

/// Fields with the position of their first column or relationship, counted from `start`.
pub(crate) fn offsets(model: &Model, count: PositionKind, start: Option<TokenStream>) -> Vec<(&Field, TokenStream)> {
    let (mut plain, mut embedded) = (0, Vec::new());
    let mut offsets = Vec::with_capacity(model.fields.len());
    for field in &model.fields {
        offsets.push((field, sum(start.as_ref(), plain, &embedded)));
        match field.role {
            Role::Embed { .. } => embedded.push(count.embedded(field)),
            _ => plain += count.of(field),
        }
    }
    offsets
}

/// Total number of columns or relationships.
fn total(model: &Model, count: PositionKind) -> TokenStream {
    let plain = model.fields.iter().map(|field| count.of(field)).sum();
    let embedded = model.fields.iter().filter(|field| matches!(field.role, Role::Embed { .. }));
    sum(None, plain, &embedded.map(|field| count.embedded(field)).collect::<Vec<_>>())
}

/// The constants that `Embedded` and `Class` have in common.
pub(crate) fn totals(model: &Model) -> TokenStream {
    let (columns, relations) = (total(model, PositionKind::Columns), total(model, PositionKind::Relations));
    quote! {
        const COLUMNS: usize = #columns;
        const RELATIONS: usize = #relations;
    }
}

/// The constants of `Embedded`.
pub(crate) fn counts(model: &Model) -> TokenStream {
    let totals = totals(model);
    let has_key = model.fields.iter().any(Field::is_key);
    let has_key = has_key.then(|| {
        quote!(
            const HAS_KEY: bool = true;
        )
    });
    quote!(#totals #has_key)
}

/// A dispatch on positions: `arms` returns the code for each position of a field, `embedded` the call of an embedded
/// struct.
pub(crate) struct Dispatch<'a> {
    pub(crate) count: PositionKind,
    pub(crate) arms: &'a dyn Fn(&Field) -> Vec<Option<TokenStream>>,
    pub(crate) embedded: &'a dyn Fn(&Field) -> TokenStream,
    pub(crate) otherwise: TokenStream,
}

impl Dispatch<'_> {
    /// Whether no position has code.
    pub(crate) fn is_empty(&self, model: &Model) -> bool {
        model.fields.iter().all(|field| match field.role {
            Role::Embed { .. } => false,
            _ => (self.arms)(field).iter().all(Option::is_none),
        })
    }

    /// The body: a `match` on the position `at`, another one behind each embedded struct.
    pub(crate) fn body(&self, fields: &[Field], at: &TokenStream) -> TokenStream {
        let mut arms = Vec::new();
        let mut next = 0;
        for (index, field) in fields.iter().enumerate() {
            if let Role::Embed { .. } = field.role {
                let (before, width) = (Literal::usize_unsuffixed(next), self.count.embedded(field));
                let (inside, behind) = ((self.embedded)(field), self.body(&fields[index + 1..], &quote!(position)));
                let rest = quote! {
                    match __orm::within(#at, #before, #width) {
                        __orm::Ok(position) => #inside,
                        __orm::Err(position) => #behind,
                    }
                };
                return matching(at, &arms, &rest);
            }
            for arm in (self.arms)(field) {
                let position = Literal::usize_unsuffixed(next);
                arms.extend(arm.map(|arm| quote!(#position => #arm,)));
                next += 1;
            }
        }
        matching(at, &arms, &self.otherwise)
    }
}

fn matching(at: &TokenStream, arms: &[TokenStream], otherwise: &TokenStream) -> TokenStream {
    match arms {
        [] => otherwise.clone(),
        _ => quote!(match #at { #(#arms)* _ => #otherwise, }),
    }
}

/// `start + 2 + <A as Embedded>::COLUMNS`, without zero terms.
fn sum(start: Option<&TokenStream>, plain: usize, embedded: &[TokenStream]) -> TokenStream {
    let literal = Literal::usize_unsuffixed(plain);
    let number = (plain > 0 || (start.is_none() && embedded.is_empty())).then(|| quote!(#literal));
    let parts = start.cloned().into_iter().chain(number).chain(embedded.iter().cloned());
    quote!(#(#parts)+*)
}
