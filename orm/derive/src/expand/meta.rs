//! Generates `entity_meta` and `describe`: the mapping as data, without values that equal the defaults.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Ident, LitStr, Type};

use crate::attribute::{Key, NamedCheck};
use crate::model::{
    Actions, CASCADE_WORDS, Cascade, Collection, Column, Constraint, DataType, Field, Model, Reference, Relation, Role,
};
use crate::types::generated_at;

pub(crate) fn entity_meta(model: &Model) -> TokenStream {
    let (ident, table) = (&model.ident, &model.table);
    let name = ident.to_string();
    if model.root.is_some() {
        return quote! {
            fn entity_meta() -> &'static __orm::EntityMeta {
                static META: __orm::LazyLock<__orm::EntityMeta> =
                    __orm::LazyLock::new(|| __orm::class_meta::<#ident>(#name));
                &META
            }
        };
    }
    let contents = contents(model);
    quote! {
        fn entity_meta() -> &'static __orm::EntityMeta {
            static META: __orm::LazyLock<__orm::EntityMeta> = __orm::LazyLock::new(|| {
                let mut mapping = __orm::entity::<#ident>(#name, #table);
                let meta = &mut mapping;
                #contents
                mapping
            });
            &META
        }
    }
}

/// Everything but names.
fn contents(model: &Model) -> TokenStream {
    let schema = model.schema.as_ref().map(|schema| quote!(meta.schema = __orm::Some(#schema);));
    let comment = model.comment.as_ref().map(|comment| quote!(meta.comment = __orm::Some(#comment);));
    let fields = fields(model);
    let uniques = constraints("uniques", &model.uniques);
    let indexes = constraints("indexes", &model.indexes);
    let checks = model.checks.iter().map(|NamedCheck { name, sql }| {
        let name = optional(name.as_ref());
        quote!(meta.checks.push((#name, #sql));)
    });
    quote!(#schema #comment #fields #uniques #indexes #(#checks)*)
}

pub(crate) fn describe(model: &Model) -> TokenStream {
    let contents = contents(model);
    quote!(fn describe(meta: &mut __orm::EntityMeta) { #contents })
}

fn fields(model: &Model) -> TokenStream {
    let fields = model.fields.iter().map(|field| match &field.role {
        Role::Column(column) => column_field(field, column),
        Role::BelongsTo(reference) => reference_field(field, reference),
        Role::Collection(collection) => collection_field(&model.ident, field, collection),
        Role::Embed { prefix } => {
            let ty = &field.ty;
            let prefix = prefix.as_ref().map_or_else(String::new, LitStr::value);
            quote_spanned!(field.blame()=> __orm::push_embedded::<#ty>(meta, #prefix);)
        }
        Role::Base { .. } | Role::Skip => TokenStream::new(),
    });
    quote!(#(#fields)*)
}

fn column_field(field: &Field, column: &Column) -> TokenStream {
    let (name, column_name, ty) = (&field.name, &column.name, &field.ty);
    let base = match column.deferred {
        true => {
            let group = optional(field.attributes.text(Key::Group));
            let raise = field.attributes.has(Key::Lazy);
            quote_spanned!(field.blame()=> __orm::deferred_column::<#ty>(#name, #column_name, #group, #raise))
        }
        false => quote_spanned!(field.blame()=> __orm::column::<#ty>(#name, #column_name)),
    };
    let mut set = Fields::default();
    set.add("data_type", column.data_type.as_ref().map(data_type));
    set.add("default", column.default.as_ref().map(|default| function(default, &column.base)));
    set.add("onupdate", column.onupdate.as_ref().map(|onupdate| function(onupdate, &column.base)));
    set.text("server_default", field.attributes.text(Key::ServerDefault));
    set.options(field, true);
    set.add(
        "references",
        column.references.as_ref().map(|(table, column_name)| {
            let Actions { on_delete, on_update } = &column.actions;
            let (on_delete, on_update) = (action(on_delete.as_ref()), action(on_update.as_ref()));
            quote!(__orm::Some(__orm::ReferenceMeta {
                table: #table, column: #column_name, on_delete: #on_delete, on_update: #on_update,
            }))
        }),
    );
    let meta = set.update("ColumnMeta", base);
    let key = field.is_key().then(|| quote!(__orm::mark_key(meta, 1);));
    let version = field.attributes.has(Key::Version).then(|| quote!(__orm::mark_version(meta);));
    quote!(meta.columns.push(#meta); #key #version)
}

fn reference_field(field: &Field, reference: &Reference) -> TokenStream {
    let Reference { columns, target, nullable, relation } = reference;
    let name = &field.name;
    let argument = if *nullable { quote!(__orm::Option<#target>) } else { quote!(#target) };
    let single = columns.len() == 1;
    let mut set = Fields::default();
    set.options(field, single);
    let column = set.update("ColumnMeta", quote!(__orm::foreign_key::<#argument>(#name)));
    let mut set = Fields::default();
    set.relation(relation);
    if field.attributes.has(Key::PostUpdate) {
        set.add("post_update", Some(quote!(true)));
    }
    let span = field.blame();
    let relation = set.update(
        "RelationMeta",
        quote_spanned!(span=> __orm::relation::<#target>(#name, __orm::RelationKind::BelongsTo)),
    );
    let key = field.is_key().then(|| {
        let count = columns.len();
        let count = proc_macro2::Literal::usize_unsuffixed(count);
        quote!(__orm::mark_key(meta, #count);)
    });
    // A flag on a foreign key of several columns is about all of them together.
    let together = |key, list: &str| {
        let constraint = Constraint { name: None, columns: columns.clone() };
        (!single && field.attributes.has(key)).then(|| constraints(list, &[constraint]))
    };
    let (unique, index) = (together(Key::Unique, "uniques"), together(Key::Index, "indexes"));
    quote! {
        __orm::push_reference::<#argument>(meta, &[#(#columns),*], #column, #relation);
        #key #unique #index
    }
}

fn collection_field(owner: &Ident, field: &Field, collection: &Collection) -> TokenStream {
    let Collection { kind, target, order_by, secondary, on, relation } = collection;
    let name = &field.name;
    let mut set = Fields::default();
    set.add(
        "condition",
        on.as_ref().map(|on| {
            let span = generated_at(on.span());
            quote_spanned!(span=> __orm::Some(|own, other| __orm::join_condition::<#owner, #target, _>(#on, own, other)))
        }),
    );
    if collection.is_view() {
        set.add("cascade", Some(quote!(__orm::Cascade::NONE)));
    }
    set.relation(relation);
    if !order_by.is_empty() {
        let order = order_by.iter().map(|(name, descending)| quote!((#name, #descending)));
        set.add("order_by", Some(quote!(__orm::Vec::from([#(#order),*]))));
    }
    let keyed = field.attributes.text(Key::KeyedBy).map(|key| quote!(__orm::CollectionShape::Keyed(#key)));
    let is_set = field.attributes.has(Key::Set).then(|| quote!(__orm::CollectionShape::Set));
    set.add("shape", keyed.or(is_set));
    set.add("passive_deletes", field.attributes.has(Key::PassiveDeletes).then(|| quote!(true)));
    set.add(
        "secondary",
        secondary.as_ref().map(|secondary| {
            let (table, local, remote) = (&secondary.table, &secondary.local, &secondary.remote);
            quote!(__orm::Some(__orm::SecondaryMeta {
                table: #table,
                local: __orm::Vec::from([#(#local),*]),
                remote: __orm::Vec::from([#(#remote),*]),
            }))
        }),
    );
    let span = field.blame();
    let relation = set
        .update("RelationMeta", quote_spanned!(span=> __orm::relation::<#target>(#name, __orm::RelationKind::#kind)));
    quote!(meta.relations.push(#relation);)
}

/// Fields of a struct literal that differ from the defaults.
#[derive(Default)]
struct Fields(Vec<TokenStream>);

impl Fields {
    fn add(&mut self, name: &str, value: Option<TokenStream>) {
        let name = format_ident!("{name}");
        self.0.extend(value.map(|value| quote!(#name: #value,)));
    }

    fn text(&mut self, name: &str, text: Option<&LitStr>) {
        self.add(name, text.map(|text| quote!(__orm::Some(#text))));
    }

    /// Options of every column; `single` when a flag applies to this column alone.
    fn options(&mut self, field: &Field, single: bool) {
        let flag = |key| field.attributes.has(key).then(|| quote!(true));
        if single {
            self.add("unique", flag(Key::Unique));
            self.add("index", flag(Key::Index));
        }
        self.text("comment", field.attributes.text(Key::Comment));
        self.add("sensitive", flag(Key::Sensitive));
    }

    /// Options of every relationship.
    fn relation(&mut self, relation: &Relation) {
        self.text("inverse", relation.inverse.as_ref());
        self.add("cascade", relation.cascade.map(cascade));
        self.add("lazy", relation.lazy.as_ref().map(|lazy| quote!(__orm::LoaderStrategy::#lazy)));
        let Actions { on_delete, on_update } = &relation.actions;
        self.add("on_delete", on_delete.as_ref().map(|name| action(Some(name))));
        self.add("on_update", on_update.as_ref().map(|name| action(Some(name))));
    }

    fn update(self, name: &str, base: TokenStream) -> TokenStream {
        let (name, fields) = (format_ident!("{name}"), self.0);
        if fields.is_empty() { base } else { quote!(__orm::#name { #(#fields)* ..#base }) }
    }
}

fn constraints(list: &str, constraints: &[Constraint]) -> TokenStream {
    let list = format_ident!("{list}");
    let pushes = constraints.iter().map(|Constraint { name, columns }| {
        let name = optional(name.as_ref());
        quote!(meta.#list.push(__orm::ConstraintMeta { name: #name, columns: __orm::Vec::from([#(#columns),*]) });)
    });
    quote!(#(#pushes)*)
}

fn optional(text: Option<&LitStr>) -> TokenStream {
    text.map_or_else(|| quote!(__orm::None), |text| quote!(__orm::Some(#text)))
}

fn action(variant: Option<&Ident>) -> TokenStream {
    variant.map_or_else(|| quote!(__orm::None), |variant| quote!(__orm::Some(__orm::ReferentialAction::#variant)))
}

fn cascade(cascade: Cascade) -> TokenStream {
    match cascade {
        [true, true, true, true, true, true] => quote!(__orm::Cascade::ALL_DELETE_ORPHAN),
        [true, true, true, true, true, false] => quote!(__orm::Cascade::ALL),
        _ => {
            let words = CASCADE_WORDS.iter().map(|word| format_ident!("{}", word.replace('-', "_")));
            quote!(__orm::Cascade { #(#words: #cascade),* })
        }
    }
}

fn data_type(data_type: &DataType) -> TokenStream {
    let number = proc_macro2::Literal::u32_unsuffixed;
    match data_type {
        DataType::Text => quote!(__orm::DataType::Text),
        DataType::String(length) => {
            let length = number(*length);
            quote!(__orm::DataType::String(__orm::Some(#length)))
        }
        DataType::Numeric(precision, scale) => {
            let (precision, scale) = (number(*precision), number(*scale));
            quote!(__orm::DataType::Numeric(__orm::Some((#precision, #scale))))
        }
    }
}

/// A `fn() -> Value` for an expression that is evaluated at each flush. A path of a function (`Uuid::new_v4`,
/// recognized by its lower-case letter) and a closure are called; a string literal is converted to the column's type.
fn function(expression: &Expr, ty: &Type) -> TokenStream {
    let span = generated_at(expression.span());
    let value = match expression {
        Expr::Closure(_) => quote_spanned!(span=> (#expression)()),
        Expr::Path(path) if path.path.segments.last().is_some_and(|last| starts_lower(&last.ident)) => {
            quote_spanned!(span=> #expression())
        }
        Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => quote_spanned!(span=> __orm::From::from(#text)),
        _ => quote!(#expression),
    };
    quote_spanned!(span=> __orm::Some(|| __orm::value::<#ty>(#value)))
}

fn starts_lower(ident: &Ident) -> bool {
    ident.to_string().trim_start_matches(['_', '#']).starts_with(char::is_lowercase)
}
