//! Positions of columns and relationships: plain numbers up to the first embedded struct, counted on behind it.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Ident;

use crate::model::{Field, Model, Role};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Count {
    Columns,
    Relations,
}

impl Count {
    /// How many a field has by itself.
    pub(crate) fn of(self, field: &Field) -> usize {
        match (self, &field.role) {
            (Self::Columns, _) => field.columns().len(),
            (Self::Relations, Role::BelongsTo(_) | Role::Collection(_)) => 1,
            (Self::Relations, _) => 0,
        }
    }

    /// How many an embedded struct has.
    fn embedded(self, field: &Field) -> TokenStream {
        let ty = &field.ty;
        let constant = match self {
            Self::Columns => format_ident!("COLUMNS"),
            Self::Relations => format_ident!("RELATIONS"),
        };
        quote_spanned!(field.blame()=> <#ty as __orm::Embedded>::#constant)
    }
}

impl Count {
    /// In a class, positions are counted as its root counts them: where those of the class begin.
    pub(crate) fn first(self, model: &Model) -> Option<TokenStream> {
        let (class, root) = (&model.ident, model.root.as_ref()?);
        let constant = match self {
            Self::Columns => format_ident!("FIRST_COLUMN"),
            Self::Relations => format_ident!("FIRST_RELATION"),
        };
        Some(quote!(<#class as __orm::ClassOf<#root>>::#constant))
    }

    /// In a class, goes on with the position among its own, or with what it extends, else with `otherwise`.
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
            match __orm::within(position, #first, #count) {
                __orm::Ok(position) => #body,
                __orm::Err(_) => { let position = position; #outside }
            }
        }
    }
}

/// Each field with the position of the first that it has, as tokens to put behind `start`.
pub(crate) fn offsets(model: &Model, count: Count, start: Option<TokenStream>) -> Vec<(&Field, TokenStream)> {
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

/// How many there are in all.
fn total(model: &Model, count: Count) -> TokenStream {
    let plain = model.fields.iter().map(|field| count.of(field)).sum();
    let embedded = model.fields.iter().filter(|field| matches!(field.role, Role::Embed { .. }));
    sum(None, plain, &embedded.map(|field| count.embedded(field)).collect::<Vec<_>>())
}

/// The constants that `Embedded` and `Class` have in common.
pub(crate) fn totals(model: &Model) -> TokenStream {
    let (columns, relations) = (total(model, Count::Columns), total(model, Count::Relations));
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

/// What to do at each position: `arms` of a field, one for each that it has, and the way into an embedded struct.
pub(crate) struct Dispatch<'a> {
    pub(crate) count: Count,
    pub(crate) arms: &'a dyn Fn(&Field) -> Vec<Option<TokenStream>>,
    pub(crate) embedded: &'a dyn Fn(&Field) -> TokenStream,
    pub(crate) otherwise: TokenStream,
}

impl Dispatch<'_> {
    /// Whether any position leads anywhere.
    pub(crate) fn is_empty(&self, model: &Model) -> bool {
        model.fields.iter().all(|field| match field.role {
            Role::Embed { .. } => false,
            _ => (self.arms)(field).iter().all(Option::is_none),
        })
    }

    /// The body: a `match` on `position`, another one behind each embedded struct.
    pub(crate) fn body(&self, fields: &[Field]) -> TokenStream {
        let mut arms = Vec::new();
        let mut at = 0;
        for (index, field) in fields.iter().enumerate() {
            if let Role::Embed { .. } = field.role {
                let (before, width) = (Literal::usize_unsuffixed(at), self.count.embedded(field));
                let (inside, behind) = ((self.embedded)(field), self.body(&fields[index + 1..]));
                let rest = quote! {
                    match __orm::within(position, #before, #width) {
                        __orm::Ok(position) => #inside,
                        __orm::Err(position) => #behind,
                    }
                };
                return matching(&arms, &rest);
            }
            for arm in (self.arms)(field) {
                let position = Literal::usize_unsuffixed(at);
                arms.extend(arm.map(|arm| quote!(#position => #arm,)));
                at += 1;
            }
        }
        matching(&arms, &self.otherwise)
    }
}

fn matching(arms: &[TokenStream], otherwise: &TokenStream) -> TokenStream {
    match arms {
        [] => otherwise.clone(),
        _ => quote!(match position { #(#arms)* _ => #otherwise, }),
    }
}

/// `start + 2 + <A as Embedded>::COLUMNS`, without the parts that add nothing.
fn sum(start: Option<&TokenStream>, plain: usize, embedded: &[TokenStream]) -> TokenStream {
    let literal = Literal::usize_unsuffixed(plain);
    let number = (plain > 0 || (start.is_none() && embedded.is_empty())).then(|| quote!(#literal));
    let parts = start.cloned().into_iter().chain(number).chain(embedded.iter().cloned());
    quote!(#(#parts)+*)
}
