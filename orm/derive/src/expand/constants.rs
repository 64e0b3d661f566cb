//! The constants that queries name: `User::NAME`, `User::ADDRESSES`, `Timestamps::CREATED`.

use std::collections::HashSet;

use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};
use syn::Ident;

use super::key::name_hash;
use super::position::{PositionKind, offsets};
use crate::attribute::Key;
use crate::model::{Collection, Column, Derive, Field, Model, Reference, Role};
use crate::types::generated_at;

pub(crate) fn constants(model: &Model) -> TokenStream {
    let ident = &model.ident;
    // Two foreign keys of one column are a fault, but not one to tell twice.
    let mut taken: HashSet<String> = model
        .fields
        .iter()
        .filter(|field| !matches!(field.role, Role::Skip | Role::Base { .. }))
        .map(|field| upper(&field.name))
        .collect();
    let columns = offsets(model, PositionKind::Columns, PositionKind::Columns.first(model));
    let relations = offsets(model, PositionKind::Relations, PositionKind::Relations.first(model));
    let constants = columns.into_iter().zip(relations).map(|((field, column_at), (_, relation_at))| {
        let site = FieldConstant { model, field, column_at, relation_at };
        match &field.role {
            Role::Column(column) => site.column(column),
            Role::BelongsTo(reference) => site.reference(reference, &mut taken),
            Role::Collection(collection) => site.collection(collection),
            Role::Embed { .. } => site.embed(),
            Role::Base { .. } | Role::Skip => TokenStream::new(),
        }
    });
    quote! {
        #[allow(dead_code, reason = "a program need not query by every field")]
        impl #ident { #(#constants)* }
    }
}

/// A field with the positions of its first column and relationship.
struct FieldConstant<'a> {
    model: &'a Model,
    field: &'a Field,
    column_at: TokenStream,
    relation_at: TokenStream,
}

impl FieldConstant<'_> {
    fn column(&self, column: &Column) -> TokenStream {
        let name = Ident::new(&upper(&self.field.name), self.field.ident.span());
        let (value, column_name) = (&column.value, &column.name);
        self.column_constant(&name, &quote!(#value), column_name, &self.column_at, None)
    }

    /// The type arguments of a constant, and the call that makes the constant of a deferred column.
    fn loading(&self) -> (Option<TokenStream>, Option<TokenStream>) {
        match &self.field.role {
            Role::Column(column) if column.deferred => (Some(quote!(, __orm::OnDemand)), Some(quote!(.on_demand()))),
            _ => (None, None),
        }
    }

    /// Constants of the relationship, and of the foreign key columns whose names are free.
    fn reference(&self, reference: &Reference, taken: &mut HashSet<String>) -> TokenStream {
        let relationship = self.relationship(&reference.target, &quote!(__orm::ToOne));
        let single = reference.columns.len() == 1;
        let columns = reference.columns.iter().enumerate().map(|(part, column)| {
            let name = upper(column);
            if syn::parse_str::<Ident>(&name).is_err() || !taken.insert(name.clone()) {
                return TokenStream::new();
            }
            let (name, target, at) =
                (Ident::new(&name, self.field.ident.span()), &reference.target, Literal::usize_unsuffixed(part));
            let key = match single {
                true => quote!(__orm::KeyOf<#target>),
                false => quote!(<__orm::KeyOf<#target> as __orm::KeyAt<#at>>::Part),
            };
            let ty = if reference.nullable { quote!(__orm::Option<#key>) } else { key };
            let start = &self.column_at;
            let position = if part == 0 { quote!(#start) } else { quote!(#start + #at) };
            self.column_constant(&name, &ty, column, &position, Some((target, part)))
        });
        quote!(#relationship #(#columns)*)
    }

    fn collection(&self, collection: &Collection) -> TokenStream {
        let target = &collection.target;
        let kind = match self.field.attributes.text(Key::KeyedBy) {
            Some(key) => {
                let hash = name_hash(&key.value());
                quote_spanned!(generated_at(key.span())=> __orm::Keyed<<#target as __orm::NamedField<#hash>>::Type>)
            }
            None if collection.kind == "HasOne" => quote!(__orm::ToOne),
            None if collection.kind == "ViewMany" => quote!(__orm::Viewed<__orm::ToMany>),
            None if collection.kind == "ViewOne" => quote!(__orm::Viewed<__orm::ToOne>),
            None => quote!(__orm::ToMany),
        };
        self.relationship(target, &kind)
    }

    fn embed(&self) -> TokenStream {
        let (owner, vis, ty) = (&self.model.ident, &self.model.vis, &self.field.ty);
        let (column_at, relation_at) = (&self.column_at, &self.relation_at);
        let name = Ident::new(&upper(&self.field.name), self.field.ident.span());
        let doc = format!("What `{}` embeds: `{owner}::{name}.column(...)`.", self.field.name);
        quote! {
            #[doc = #doc]
            #vis const #name: __orm::EmbeddedPath<#owner, #ty> = __orm::EmbeddedPath::new(#column_at, #relation_at);
        }
    }

    /// The constant of a column. A column that refers to a key of `target` takes that key's sensitivity and digits.
    fn column_constant(
        &self,
        name: &Ident,
        ty: &TokenStream,
        column: &str,
        position: &TokenStream,
        target: Option<(&syn::Type, usize)>,
    ) -> TokenStream {
        let (owner, vis, table) = (&self.model.ident, &self.model.vis, &self.model.table);
        let masked = match (self.field.attributes.has(Key::Sensitive), target) {
            (true, _) => quote!(.sensitive(true)),
            (false, Some((target, _))) => quote!(.sensitive(<#target as __orm::Entity>::KEY_IS_SENSITIVE)),
            (false, None) => TokenStream::new(),
        };
        let digits = match target {
            Some((target, part)) => {
                let part = Literal::usize_unsuffixed(part);
                Some(quote!(.digits_of(__orm::key_digits::<#target, #part>)))
            }
            None => self.digits(),
        };
        let (loading, on_demand) = self.loading();
        match (self.model.derive, &self.model.root) {
            (Derive::Entity, Some(root)) => {
                let doc = format!("The column `{column}`.");
                let class = quote!(<#owner as __orm::ClassOf<#root>>);
                quote! {
                    #[doc = #doc]
                    #vis const #name: __orm::Column<#owner, #ty #loading> =
                        __orm::class_column_constant(#class::TABLE, #column, #class::APART)#masked #digits #on_demand;
                }
            }
            (Derive::Entity, None) => {
                let doc = format!("The column `{table}.{column}`.");
                quote! {
                    #[doc = #doc]
                    #vis const #name: __orm::Column<#owner, #ty #loading> =
                        __orm::column_constant(#table, #column)#masked #digits #on_demand;
                }
            }
            (Derive::Embed, _) => {
                let doc = format!("The column `{column}` of the entity that embeds this.");
                quote! {
                    #[doc = #doc]
                    #vis const #name: __orm::EmbeddedColumn<#owner, #ty #loading> =
                        __orm::EmbeddedColumn::new(#position)#on_demand;
                }
            }
        }
    }

    /// The digits of a column of decimals, which values are rounded to where the database does not.
    fn digits(&self) -> Option<TokenStream> {
        let precision = self.field.attributes.integer(Key::Precision)?;
        let scale = self.field.attributes.integer(Key::Scale).unwrap_or(0);
        let (precision, scale) = (Literal::u32_unsuffixed(precision), Literal::u32_unsuffixed(scale));
        Some(quote!(.digits(#precision, #scale)))
    }

    fn relationship(&self, target: &syn::Type, kind: &TokenStream) -> TokenStream {
        let (owner, vis, field, at) = (&self.model.ident, &self.model.vis, &self.field.name, &self.relation_at);
        let name = Ident::new(&upper(field), self.field.ident.span());
        let doc = format!("The relationship `{field}`.");
        let ty = match self.model.derive {
            Derive::Entity => quote!(Relationship),
            Derive::Embed => quote!(EmbeddedRelationship),
        };
        // A wrong `key = "..."` is the more probable fault.
        let span =
            self.field.attributes.text(Key::KeyedBy).map_or_else(|| self.field.blame(), |key| generated_at(key.span()));
        quote_spanned! {span=>
            #[doc = #doc]
            #vis const #name: __orm::#ty<#owner, #target, #kind> = __orm::#ty::new(#at, #field);
        }
    }
}

/// The name of a constant.
fn upper(name: &str) -> String {
    name.to_uppercase()
}
