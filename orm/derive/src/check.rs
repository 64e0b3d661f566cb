//! Rules across attributes and fields. Every fault is recorded at its token, with the fix.

use std::collections::HashMap;

use crate::attribute::Key;
use crate::errors::Errors;
use crate::expand::{MAX_KEY_COLUMNS, refers_to_itself};
use crate::model::{Collection, Column, Derive, Field, Model, Reference, Role, Secondary};
use crate::types;

/// Types that are not text and have no length. Aliases and custom types are not checked.
const NOT_TEXT: &[&str] = &[
    "bool",
    "i16",
    "i32",
    "i64",
    "u32",
    "f32",
    "f64",
    "Vec",
    "NaiveDate",
    "NaiveTime",
    "NaiveDateTime",
    "BigDecimal",
    "Uuid",
    "Value",
];

/// Types that are not exact decimals.
const NOT_DECIMAL: &[&str] = &[
    "bool",
    "i16",
    "i32",
    "i64",
    "u32",
    "f32",
    "f64",
    "String",
    "Vec",
    "NaiveDate",
    "NaiveTime",
    "NaiveDateTime",
    "Uuid",
    "Value",
];

/// Types of version columns.
const VERSIONS: &[&str] = &["i64", "i32"];

/// Records every rule that the model breaks.
pub(crate) fn check(model: &Model, errors: &mut Errors) {
    for field in &model.fields {
        match &field.role {
            Role::Column(column) => check_column(field, column, errors),
            Role::BelongsTo(reference) => check_reference(field, reference, errors),
            Role::Collection(collection) => check_collection(field, collection, model, errors),
            Role::Embed { .. } | Role::Base { .. } | Role::Skip => {}
        }
    }
    check_class(model, errors);
    check_primary_key(model, errors);
    check_versions(model, errors);
    check_duplicates(model, errors);
}

fn check_column(field: &Field, column: &Column, errors: &mut Errors) {
    let attributes = &field.attributes;
    let at = |key| attributes.span(key).unwrap_or_else(|| field.ident.span());
    let base = types::name(&column.base).unwrap_or_default();
    let is_auto = types::inner(&field.ty, "Auto").is_some();
    let is_nullable = types::inner(&column.value, "Option").is_some();
    let written = tokens(&field.written);

    if column.deferred {
        check_deferred(field, column, errors);
    }
    if field.is_key() && is_nullable {
        let base = tokens(&column.base);
        errors.push_at(
            &field.written,
            format!("a primary key is never NULL: use `{base}`, or `Auto<{base}>` when it is assigned later"),
        );
    }
    if attributes.has(Key::Default) && !is_auto && !column.deferred {
        let message =
            format!("a default fills a field that is left out: make it `Auto<{written}>`, or set it in `Default`");
        errors.push(at(Key::Default), message);
    }
    for key in [Key::Length, Key::Text] {
        if attributes.has(key) && NOT_TEXT.contains(&base.as_str()) {
            errors.push(
                at(key),
                format!("only text has a length; remove it, or make the field a `String` instead of `{written}`"),
            );
        }
    }
    if attributes.has(Key::Length) && attributes.has(Key::Text) {
        errors.push(at(Key::Text), "`text` is text of any length; remove it, or `length`");
    }
    if attributes.integer(Key::Length) == Some(0) {
        errors.push(at(Key::Length), "a text of no characters holds nothing; write the largest length");
    }
    for key in [Key::Precision, Key::Scale] {
        if attributes.has(key) && NOT_DECIMAL.contains(&base.as_str()) {
            errors.push(
                at(key),
                format!("only an exact decimal has digits; make the field a `BigDecimal` instead of `{written}`"),
            );
        }
    }
    match (attributes.integer(Key::Precision), attributes.integer(Key::Scale)) {
        (None, Some(_)) => errors.push(at(Key::Scale), "say how many digits in all: add `precision = 10`"),
        (Some(precision), Some(scale)) if scale > precision => {
            errors.push(
                at(Key::Scale),
                format!("`scale` counts some of the {precision} digits; write {precision} or less"),
            );
        }
        _ => {}
    }
    for key in [Key::OnDelete, Key::OnUpdate] {
        if attributes.has(key) && !attributes.has(Key::References) {
            errors.push(
                at(key),
                "say what the column refers to: add `references = \"table.column\"`, or use `BelongsTo`",
            );
        }
    }
    if attributes.has(Key::Version) && (!VERSIONS.contains(&base.as_str()) || is_nullable || is_auto) {
        errors.push_at(&field.written, "a version is counted: make the field `i64` or `i32`");
    }
    if attributes.has(Key::Version) && attributes.has(Key::Onupdate) {
        errors.push(at(Key::Onupdate), "each UPDATE counts the version; remove `onupdate`, or `version`");
    }
    for (key, name) in [(Key::Version, "version"), (Key::Onupdate, "onupdate")] {
        if attributes.has(key) && field.is_key() {
            errors.push(
                at(key),
                format!("an UPDATE leaves the primary key as it is; remove `{name}`, or move it to another field"),
            );
        }
    }
}

/// Rules for a column that rows are read without. Keys that compare or find rows are refused by their kind.
fn check_deferred(field: &Field, column: &Column, errors: &mut Errors) {
    let Some(lazy) = field.attributes.text(Key::Lazy).filter(|lazy| lazy.value() != "raise") else { return };
    let message = format!(
        "a deferred column is loaded when a program asks; remove `lazy`, or write `lazy = \"raise\"` to refuse \
         `load_column` of `{}`",
        column.name
    );
    errors.push(lazy.span(), message);
}

fn check_reference(field: &Field, reference: &Reference, errors: &mut Errors) {
    let attributes = &field.attributes;
    let at = |key| attributes.span(key).unwrap_or_else(|| field.ident.span());
    if field.is_key() && reference.nullable {
        let target = tokens(&reference.target);
        errors.push_at(&field.written, format!("a primary key is never NULL: use `BelongsTo<{target}>`"));
    }
    if attributes.has(Key::Column) && attributes.has(Key::Columns) {
        errors.push(at(Key::Columns), "the columns are named twice; remove `column`, or `columns`");
    }
    if reference.columns.is_empty() || reference.columns.iter().any(String::is_empty) {
        errors.push(field.column_span(), "name each column of the foreign key: `columns(\"a\", \"b\")`");
    }
    if reference.relation.cascade.is_some_and(|cascade| cascade[5]) {
        let message =
            "`delete-orphan` belongs on the side that owns: move it to the `HasMany` or `HasOne` at the other end";
        errors.push(cascade_span(field), message);
    }
    let set_null = reference.relation.actions.on_delete.as_ref().is_some_and(|action| action == "SetNull");
    if set_null && !reference.nullable {
        let target = tokens(&reference.target);
        errors.push(
            at(Key::OnDelete),
            format!("the foreign key cannot be NULL: make the field `BelongsTo<Option<{target}>>`"),
        );
    }
}

fn check_collection(field: &Field, collection: &Collection, model: &Model, errors: &mut Errors) {
    let attributes = &field.attributes;
    let at = |key| attributes.span(key).unwrap_or_else(|| field.ident.span());
    let many_to_many = collection.kind == "ManyToMany";
    if collection.is_view() {
        let (kind, target) = (&collection.kind, tokens(&collection.target));
        if model.derive == Derive::Embed {
            let message =
                format!("`{kind}` compares columns of an entity: move the field to the entities that embed this");
            errors.push(field.ident.span(), message);
        } else if collection.on.is_none() {
            let message = format!(
                "say when a row of `{target}` is in it: `on = |own, other| own.column({}::ID).eq(other.column({target}::ID))`",
                model.ident
            );
            errors.push(field.ident.span(), message);
        }
        return;
    }
    if !many_to_many && collection.relation.inverse.is_none() {
        let (kind, target) = (&collection.kind, tokens(&collection.target));
        let message = format!(
            "`{kind}` holds no column: name the field of `{target}` that does, `inverse = \"...\"` (its `BelongsTo<{}>`)",
            model.ident
        );
        errors.push(field.ident.span(), message);
    }
    if let Some(cascade) = collection.relation.cascade.filter(|cascade| cascade[5]) {
        if many_to_many {
            let message = "`delete-orphan` needs an owner, and many may share a member: remove it, or use `HasMany` with an association entity";
            errors.push(cascade_span(field), message);
        } else if !cascade[4] {
            errors.push(cascade_span(field), "`delete-orphan` goes with `delete`: write `\"all, delete-orphan\"`");
        }
    }
    if attributes.has(Key::Set) && attributes.has(Key::KeyedBy) {
        errors.push(at(Key::Set), "a keyed collection has no duplicates anyway; remove `set`, or `key`");
    }
    if many_to_many && collection.secondary.is_none() {
        if let Some(entry) = attributes.entries.iter().find(|entry| matches!(entry.spec.key, Key::Local | Key::Remote))
        {
            errors.push(entry.span, "say of which table: add `secondary = \"...\"`");
        } else {
            errors.push(field.ident.span(), "name the table between: `secondary = \"user_group\"`");
        }
    }
    let same = |secondary: &Secondary| secondary.local.iter().any(|column| secondary.remote.contains(column));
    if collection.secondary.as_ref().is_some_and(same) {
        let message = "both ends would use the same column: name them, `local = \"...\"` for this side and `remote = \"...\"` for the other";
        errors.push(field.ident.span(), message);
    }
}

/// Rules for classes of a hierarchy.
fn check_class(model: &Model, errors: &mut Errors) {
    let mut bases = model.fields.iter().filter(|field| matches!(field.role, Role::Base { .. }));
    let Some(base) = bases.next() else { return };
    for second in bases {
        errors.push(second.ident.span(), "a class extends one other; remove one of the `base`s, or `embed` it");
    }
    let at = |field: &Field, key| field.attributes.span(key).unwrap_or_else(|| field.ident.span());
    if model.derive == Derive::Embed {
        errors.push(at(base, Key::Base), "an embedded struct extends no class; use `embed`");
    } else if model.root.is_none() {
        let message = format!(
            "`base` makes `{}` a class of a hierarchy: name the enum whose variants its classes are, `#[entity(root = \"...\")]` on the struct",
            model.ident
        );
        errors.push(at(base, Key::Base), message);
    }
    for field in model.fields.iter().filter(|field| field.is_key()) {
        let message = format!("the primary key is that of `{}`; remove `primary_key`", tokens(&base.written));
        errors.push(at(field, Key::Primary), message);
    }
    for field in model.fields.iter().filter(|field| field.attributes.has(Key::Version)) {
        errors.push(at(field, Key::Version), "versions are counted in the base class; move the field there");
    }
}

fn check_primary_key(model: &Model, errors: &mut Errors) {
    let keys: Vec<&Field> = model.fields.iter().filter(|field| field.is_key()).collect();
    if keys.is_empty() && model.derive == Derive::Entity && model.base().is_none() {
        errors.push(
            model.ident.span(),
            "no primary key: mark a field `#[entity(primary_key)]`, for example `id: Auto<i64>`",
        );
    }
    let columns: usize = keys.iter().map(|field| field.columns().len()).sum();
    if columns > MAX_KEY_COLUMNS {
        errors.push(model.ident.span(), format!("a primary key has at most {MAX_KEY_COLUMNS} columns, this one has {columns}; use a generated `id: Auto<i64>` and `unique(...)`"));
    }
    for field in keys.iter().filter(|field| refers_to_itself(model, field)) {
        errors.push_at(
            &field.written,
            "a row cannot be named by itself: give the entity a key of its own, `id: Auto<i64>`",
        );
    }
    let embedded = keys.iter().find(|field| matches!(field.role, Role::Embed { .. }));
    if let Some(field) = embedded.filter(|_| keys.len() > 1) {
        errors.push(
            field.ident.span(),
            "an embedded primary key is the whole key; remove `primary_key` from the other fields",
        );
    }
    if model.derive == Derive::Embed && model.fields.iter().all(|field| matches!(field.role, Role::Skip)) {
        errors.push(model.ident.span(), "an embedded struct brings columns or relationships; this one has none");
    }
}

fn check_versions(model: &Model, errors: &mut Errors) {
    let mut spans = model.fields.iter().filter_map(|field| field.attributes.span(Key::Version));
    let first = spans.next();
    if first.is_some() {
        for span in spans {
            errors.push(span, "an entity counts one version; remove one of the `version`s");
        }
    }
}

fn check_duplicates(model: &Model, errors: &mut Errors) {
    let mut owners: HashMap<&str, &str> = HashMap::new();
    for field in &model.fields {
        for column in field.columns() {
            if let Some(owner) = owners.insert(column, &field.name) {
                let message = format!(
                    "column `{column}` belongs to field `{owner}` already; name another with `column = \"...\"`"
                );
                errors.push(field.column_span(), message);
            }
        }
    }
}

fn cascade_span(field: &Field) -> proc_macro2::Span {
    field.attributes.text(Key::Cascade).map_or_else(|| field.ident.span(), syn::LitStr::span)
}

/// A type as written, without spaces.
fn tokens(ty: &syn::Type) -> String {
    quote::quote!(#ty).to_string().replace(' ', "")
}
