//! The parsed struct as plain data, field by field. Rules across fields are in `check`.

use proc_macro2::Span;
use quote::format_ident;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Expr, Fields, Ident, LitStr, Type, Visibility};

use crate::attribute::{self, Attributes, ConstraintMember, Key, NamedCheck, fits};
use crate::errors::{Errors, quoted, suggestion};
use crate::types;

/// Which derive is at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Derive {
    Entity,
    Embed,
}

/// An entity, or a struct that entities embed.
pub(crate) struct Model {
    pub(crate) derive: Derive,
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    /// The enum that the class belongs to.
    pub(crate) root: Option<Type>,
    pub(crate) table: String,
    /// Whether the struct names its table.
    pub(crate) names_table: bool,
    pub(crate) schema: Option<LitStr>,
    pub(crate) comment: Option<LitStr>,
    pub(crate) fields: Vec<Field>,
    pub(crate) uniques: Vec<Constraint>,
    pub(crate) indexes: Vec<Constraint>,
    pub(crate) checks: Vec<NamedCheck>,
}

/// A unique constraint or an index, with columns instead of fields.
pub(crate) struct Constraint {
    pub(crate) name: Option<LitStr>,
    pub(crate) columns: Vec<String>,
}

/// A field and its role in the mapping.
pub(crate) struct Field {
    pub(crate) ident: Ident,
    pub(crate) name: String,
    /// The type as written.
    pub(crate) written: Type,
    /// The type for generated code.
    pub(crate) ty: Type,
    pub(crate) attributes: Attributes,
    pub(crate) role: Role,
}

pub(crate) enum Role {
    Column(Box<Column>),
    BelongsTo(Box<Reference>),
    Collection(Box<Collection>),
    Embed {
        prefix: Option<LitStr>,
    },
    /// The base class, and the names of its key columns in this class's table, if they differ.
    Base {
        key: Vec<String>,
    },
    Skip,
}

/// A field that is one column.
pub(crate) struct Column {
    pub(crate) name: String,
    /// The type without `Auto` and `Deferred`.
    pub(crate) value: Type,
    /// The type without `Auto`, `Deferred` and `Option`.
    pub(crate) base: Type,
    /// Whether rows are read without the column.
    pub(crate) deferred: bool,
    pub(crate) data_type: Option<DataType>,
    pub(crate) default: Option<Expr>,
    pub(crate) onupdate: Option<Expr>,
    pub(crate) references: Option<(String, String)>,
    pub(crate) actions: Actions,
}

/// A column type that the field states.
pub(crate) enum DataType {
    String(u32),
    Text,
    Numeric(u32, u32),
}

/// A `BelongsTo`: a foreign key of one column or several.
pub(crate) struct Reference {
    pub(crate) columns: Vec<String>,
    pub(crate) target: Type,
    pub(crate) nullable: bool,
    pub(crate) relation: Relation,
}

/// A relationship without a column: `HasMany`, `HasOne`, `ManyToMany`, `ViewMany`, `ViewOne`.
pub(crate) struct Collection {
    /// The name of the type, which is the name of the `RelationKind`.
    pub(crate) kind: Ident,
    pub(crate) target: Type,
    pub(crate) order_by: Vec<(String, bool)>,
    pub(crate) secondary: Option<Secondary>,
    /// The join condition of a view-only relationship.
    pub(crate) on: Option<Expr>,
    pub(crate) relation: Relation,
}

impl Collection {
    /// Whether the relationship is view-only.
    pub(crate) fn is_view(&self) -> bool {
        self.kind == "ViewMany" || self.kind == "ViewOne"
    }
}

/// Options of every relationship.
pub(crate) struct Relation {
    pub(crate) inverse: Option<LitStr>,
    pub(crate) cascade: Option<Cascade>,
    /// A variant of `LoaderStrategy`.
    pub(crate) lazy: Option<Ident>,
    pub(crate) actions: Actions,
}

/// Variants of `ReferentialAction`.
pub(crate) struct Actions {
    pub(crate) on_delete: Option<Ident>,
    pub(crate) on_update: Option<Ident>,
}

/// The words of a cascade, in the order of [`CASCADE_WORDS`].
pub(crate) type Cascade = [bool; 6];

/// The words, as fields of `Cascade`.
pub(crate) const CASCADE_WORDS: [&str; 6] =
    ["save-update", "merge", "refresh-expire", "expunge", "delete", "delete-orphan"];

/// The table between two entities.
pub(crate) struct Secondary {
    pub(crate) table: LitStr,
    pub(crate) local: Vec<String>,
    pub(crate) remote: Vec<String>,
}

const LAZY: &[(&str, &str)] = &[
    ("select", "Select"),
    ("peers", "Peers"),
    ("selectin", "SelectIn"),
    ("subquery", "Subquery"),
    ("immediate", "Immediate"),
    ("joined", "Joined"),
    ("raise", "Raise"),
    ("raise on sql", "RaiseOnSql"),
];

const ACTIONS: &[(&str, &str)] = &[
    ("cascade", "Cascade"),
    ("set null", "SetNull"),
    ("set default", "SetDefault"),
    ("restrict", "Restrict"),
    ("no action", "NoAction"),
];

impl Model {
    /// Parses a struct.
    ///
    /// # Errors
    /// When the item is not a struct with named fields. Other faults are recorded in `errors`.
    pub(crate) fn new(input: &DeriveInput, derive: Derive, errors: &mut Errors) -> syn::Result<Self> {
        let fields = named_fields(input, derive)?;
        let attributes = Attributes::parse(&input.attrs, attribute::STRUCT, errors);
        if derive == Derive::Embed {
            for entry in &attributes.entries {
                errors.push(
                    entry.span,
                    format!("`{}` belongs on the entity, an embedded struct has no table", entry.spec.name),
                );
            }
        }
        let ident = input.ident.clone();
        let fields: Vec<Field> = fields.iter().filter_map(|field| Field::new(field, &ident, errors)).collect();
        let constraints = |key, errors: &mut Errors| -> Vec<Constraint> {
            let unique = key == Key::Unique;
            attributes.members(key).map(|members| constraint(members, unique, &fields, errors)).collect()
        };
        Ok(Self {
            derive,
            vis: input.vis.clone(),
            root: attributes.text(Key::Root).and_then(|text| root(text, errors)),
            names_table: attributes.has(Key::Table),
            table: attributes
                .text(Key::Table)
                .map_or_else(|| types::snake_case(&ident.unraw().to_string()), LitStr::value),
            schema: attributes.text(Key::Schema).cloned(),
            comment: attributes.text(Key::Comment).cloned(),
            uniques: constraints(Key::Unique, errors),
            indexes: constraints(Key::Index, errors),
            checks: attributes.checks().cloned().collect(),
            ident,
            fields,
        })
    }
}

impl Model {
    /// The field that holds the class that is extended.
    pub(crate) fn base(&self) -> Option<&Field> {
        self.fields.iter().find(|field| matches!(field.role, Role::Base { .. }))
    }
}

impl Field {
    fn new(field: &syn::Field, owner: &Ident, errors: &mut Errors) -> Option<Self> {
        let ident = field.ident.clone()?;
        let attributes = Attributes::parse(&field.attrs, attribute::FIELD, errors);
        let name = ident.unraw().to_string();
        if !attributes.has(Key::Skip) && !attributes.has(Key::Embed) && !attributes.has(Key::Base) {
            refuse_type(&field.ty, errors)?;
        }
        let ty = types::generated(&field.ty, owner);
        let role = Role::new(&name, &ty, &attributes, owner, errors)?;
        let field = Self { ident, name, written: field.ty.clone(), ty, attributes, role };
        field.refuse_misplaced(errors);
        Some(field)
    }

    /// Every key must fit the kind of field.
    fn refuse_misplaced(&self, errors: &mut Errors) {
        let kind = self.role.kind();
        for entry in self.attributes.entries.iter().filter(|entry| entry.spec.fits & kind == 0) {
            let message = match kind {
                fits::SKIP => format!("the field is skipped; remove `{}`, or `skip`", entry.spec.name),
                _ => format!(
                    "`{}` does not apply to {}; it belongs on {}",
                    entry.spec.name,
                    fits::words(kind),
                    fits::words(entry.spec.fits)
                ),
            };
            errors.push(entry.span, message);
        }
    }

    /// Whether the field is part of the primary key.
    pub(crate) fn is_key(&self) -> bool {
        self.attributes.has(Key::Primary)
    }

    /// The place to blame when the type of the field does not do, for generated code.
    pub(crate) fn blame(&self) -> Span {
        types::generated_at(self.written.span())
    }

    /// Columns of the field; none for an embedded struct, whose columns are unknown here.
    pub(crate) fn columns(&self) -> &[String] {
        match &self.role {
            Role::Column(column) => std::slice::from_ref(&column.name),
            Role::BelongsTo(reference) => &reference.columns,
            _ => &[],
        }
    }

    /// Position of the column's name: the attribute or the field.
    pub(crate) fn column_span(&self) -> Span {
        let attribute = self.attributes.span(Key::Column).or_else(|| self.attributes.span(Key::Columns));
        attribute.unwrap_or_else(|| self.ident.span())
    }
}

impl Role {
    fn new(name: &str, ty: &Type, attributes: &Attributes, owner: &Ident, errors: &mut Errors) -> Option<Self> {
        if attributes.has(Key::Skip) {
            return Some(Self::Skip);
        }
        if attributes.has(Key::Embed) {
            return Some(Self::Embed { prefix: attributes.embed_prefix().cloned() });
        }
        if attributes.has(Key::Base) {
            let key = match (attributes.texts(Key::Columns), attributes.text(Key::Column)) {
                (Some(columns), _) => columns.iter().map(LitStr::value).collect(),
                (None, Some(column)) => names(column),
                (None, None) => Vec::new(),
            };
            return Some(Self::Base { key });
        }
        match types::name(ty).as_deref() {
            Some(kind @ "BelongsTo") => {
                let reference = Reference::new(name, types::inner(ty, kind)?, attributes, errors);
                Some(Self::BelongsTo(Box::new(reference)))
            }
            Some(kind @ ("HasMany" | "HasOne" | "ManyToMany" | "ViewMany" | "ViewOne")) => {
                let target = types::inner(ty, kind)?;
                let collection = Collection::new(format_ident!("{kind}"), target, attributes, owner, errors);
                Some(Self::Collection(Box::new(collection)))
            }
            _ => Some(Self::Column(Box::new(Column::new(name, ty, attributes, errors)))),
        }
    }

    /// The bit of [`fits`].
    pub(crate) fn kind(&self) -> u16 {
        match self {
            Self::Column(column) if column.deferred => fits::DEFERRED,
            Self::Column(_) => fits::COLUMN,
            Self::BelongsTo(_) => fits::BELONGS_TO,
            Self::Collection(collection) if collection.kind == "HasMany" => fits::HAS_MANY,
            Self::Collection(collection) if collection.kind == "HasOne" => fits::HAS_ONE,
            Self::Collection(collection) if collection.kind == "ViewMany" => fits::VIEW_MANY,
            Self::Collection(collection) if collection.kind == "ViewOne" => fits::VIEW_ONE,
            Self::Collection(_) => fits::MANY_TO_MANY,
            Self::Embed { .. } => fits::EMBED,
            Self::Base { .. } => fits::BASE,
            Self::Skip => fits::SKIP,
        }
    }
}

impl Column {
    fn new(name: &str, ty: &Type, attributes: &Attributes, errors: &mut Errors) -> Self {
        let deferred = types::inner(ty, "Deferred");
        let value = deferred.unwrap_or_else(|| types::without(ty, "Auto"));
        Self {
            name: attributes.text(Key::Column).map_or_else(|| name.to_owned(), LitStr::value),
            value: value.clone(),
            base: types::without(value, "Option").clone(),
            deferred: deferred.is_some(),
            data_type: DataType::new(attributes),
            default: attributes.expression(Key::Default).cloned(),
            onupdate: attributes.expression(Key::Onupdate).cloned(),
            references: attributes.text(Key::References).and_then(|text| references(text, errors)),
            actions: Actions::new(attributes, errors),
        }
    }
}

impl DataType {
    fn new(attributes: &Attributes) -> Option<Self> {
        if attributes.has(Key::Text) {
            return Some(Self::Text);
        }
        if let Some(length) = attributes.integer(Key::Length) {
            return Some(Self::String(length));
        }
        let precision = attributes.integer(Key::Precision)?;
        Some(Self::Numeric(precision, attributes.integer(Key::Scale).unwrap_or(0)))
    }
}

impl Reference {
    fn new(name: &str, argument: &Type, attributes: &Attributes, errors: &mut Errors) -> Self {
        let columns = match (attributes.texts(Key::Columns), attributes.text(Key::Column)) {
            (Some(columns), _) => columns.iter().map(LitStr::value).collect(),
            (None, Some(column)) => names(column),
            (None, None) => vec![format!("{name}_id")],
        };
        let target = types::inner(argument, "Option");
        Self {
            columns,
            target: target.unwrap_or(argument).clone(),
            nullable: target.is_some(),
            relation: Relation::new(attributes, errors),
        }
    }
}

impl Collection {
    fn new(kind: Ident, target: &Type, attributes: &Attributes, owner: &Ident, errors: &mut Errors) -> Self {
        let secondary = attributes.text(Key::Secondary).map(|table| {
            let column = |key, entity: Option<String>| match attributes.text(key) {
                Some(text) => names(text),
                None => entity.map(|entity| format!("{}_id", types::snake_case(&entity))).into_iter().collect(),
            };
            Secondary {
                table: table.clone(),
                local: column(Key::Local, Some(owner.unraw().to_string())),
                remote: column(Key::Remote, types::name(target)),
            }
        });
        Self {
            kind,
            target: target.clone(),
            order_by: attributes.text(Key::OrderBy).map_or_else(Vec::new, |text| order_by(text, errors)),
            secondary,
            on: attributes.expression(Key::On).cloned(),
            relation: Relation::new(attributes, errors),
        }
    }
}

impl Relation {
    fn new(attributes: &Attributes, errors: &mut Errors) -> Self {
        Self {
            inverse: attributes.text(Key::Inverse).cloned(),
            cascade: attributes.text(Key::Cascade).map(|text| cascade(text, errors)),
            lazy: attributes.text(Key::Lazy).and_then(|text| word(text, "lazy strategy", LAZY, errors)),
            actions: Actions::new(attributes, errors),
        }
    }
}

impl Actions {
    fn new(attributes: &Attributes, errors: &mut Errors) -> Self {
        let mut action = |key| attributes.text(key).and_then(|text| word(text, "action", ACTIONS, errors));
        Self { on_delete: action(Key::OnDelete), on_update: action(Key::OnUpdate) }
    }
}

/// The fields, or why there are none.
fn named_fields(input: &DeriveInput, derive: Derive) -> syn::Result<&Fields> {
    let what = match derive {
        Derive::Entity => "an entity",
        Derive::Embed => "an embedded struct",
    };
    let Data::Struct(data) = &input.data else {
        return Err(syn::Error::new_spanned(&input.ident, format!("{what} is a struct with named fields")));
    };
    if !matches!(data.fields, Fields::Named(_)) {
        let message = format!("{what} is a struct with named fields: the names become columns and constants");
        return Err(syn::Error::new_spanned(&input.ident, message));
    }
    if !input.generics.params.is_empty() {
        let message = format!("{what} is one type for one table and cannot be generic; write one struct for each");
        return Err(syn::Error::new_spanned(&input.generics, message));
    }
    Ok(&data.fields)
}

/// Types that no field can have.
fn refuse_type(ty: &Type, errors: &mut Errors) -> Option<()> {
    if let Type::Reference(_) = ty {
        let message = "an entity owns its values: use the owned type (`String` for `&str`, `Vec<u8>` for `&[u8]`)";
        errors.push_at(ty, message);
        return None;
    }
    refuse_wrapped(ty, errors)?;
    let kind = types::name(ty).unwrap_or_default();
    if !matches!(kind.as_str(), "BelongsTo" | "HasMany" | "HasOne" | "ManyToMany" | "ViewMany" | "ViewOne") {
        return Some(());
    }
    let Some(target) = types::inner(ty, &kind) else {
        errors.push_at(ty, format!("say which entity: `{kind}<Entity>`"));
        return None;
    };
    match types::inner(target, "Option") {
        Some(entity) if kind != "BelongsTo" => {
            let entity = quote::quote!(#entity);
            errors.push_at(target, format!("write `{kind}<{entity}>`: only `BelongsTo` takes an `Option`"));
            None
        }
        _ => Some(()),
    }
}

/// Wrappers in the wrong order: `Option<BelongsTo<User>>`, `Option<Auto<T>>`.
fn refuse_wrapped(ty: &Type, errors: &mut Errors) -> Option<()> {
    for wrapper in ["Option", "Auto", "Box", "Vec", "Deferred"] {
        let Some(inner) = types::inner(ty, wrapper) else { continue };
        let Some(segment) = types::last_segment(inner) else { continue };
        let argument =
            types::inner(inner, &segment.ident.to_string()).map(|ty| quote::quote!(#ty).to_string().replace(' ', ""));
        let argument = argument.as_deref().unwrap_or("_");
        let written = match segment.ident.to_string().as_str() {
            "BelongsTo" if wrapper == "Option" => {
                format!("write `BelongsTo<Option<{argument}>>`: the foreign key may be NULL")
            }
            "Deferred" if wrapper == "Option" => {
                format!("write `Deferred<Option<{argument}>>`: not loaded is something else than NULL")
            }
            "Deferred" => format!("write `Deferred<{argument}>` without `{wrapper}`"),
            "Auto" if wrapper == "Deferred" => {
                format!("write `Deferred<{argument}>`: a new entity can leave out a deferred column as it is")
            }
            kind @ ("BelongsTo" | "HasMany" | "HasOne" | "ManyToMany") if wrapper == "Deferred" => format!(
                "write `{kind}<{argument}>` without `Deferred`: a relationship is loaded on demand, and rows are read \
                 with their foreign keys"
            ),
            "Auto" if wrapper == "Option" => {
                format!("write `Auto<Option<{argument}>>`: assigned later, and then maybe NULL")
            }
            kind @ ("BelongsTo" | "HasMany" | "HasOne" | "ManyToMany" | "ViewMany" | "ViewOne") => {
                format!("write `{kind}<{argument}>` without `{wrapper}`: it holds what is loaded, or nothing")
            }
            _ => continue,
        };
        errors.push_at(ty, written);
        return None;
    }
    Some(())
}

/// `"Employee"`
fn root(text: &LitStr, errors: &mut Errors) -> Option<Type> {
    let parsed = text.parse::<Type>();
    if parsed.is_err() {
        errors.push(text.span(), "name the enum whose variants are the classes: `root = \"Employee\"`");
    }
    parsed.ok()
}

/// `"a, b"` -> a, b
fn names(text: &LitStr) -> Vec<String> {
    text.value().split(',').map(|name| name.trim().to_owned()).collect()
}

/// `"table.column"`; a schema can qualify the table.
fn references(text: &LitStr, errors: &mut Errors) -> Option<(String, String)> {
    match text.value().rsplit_once('.') {
        Some((table, column)) if !table.trim().is_empty() && !column.trim().is_empty() => {
            Some((table.trim().to_owned(), column.trim().to_owned()))
        }
        _ => {
            errors.push(text.span(), "write `references = \"table.column\"`");
            None
        }
    }
}

/// `"name desc, id"`
fn order_by(text: &LitStr, errors: &mut Errors) -> Vec<(String, bool)> {
    let mut order = Vec::new();
    for part in names(text) {
        let words: Vec<&str> = part.split_whitespace().collect();
        match words[..] {
            [field] => order.push((field.to_owned(), false)),
            [field, direction] if direction.eq_ignore_ascii_case("asc") => order.push((field.to_owned(), false)),
            [field, direction] if direction.eq_ignore_ascii_case("desc") => order.push((field.to_owned(), true)),
            _ => errors.push(text.span(), "write fields of the target: `order_by = \"name desc, id\"`"),
        }
    }
    order
}

/// `"all, delete-orphan"`
fn cascade(text: &LitStr, errors: &mut Errors) -> Cascade {
    let mut cascade = [false; 6];
    let words = names(text);
    for word in &words {
        match (word.as_str(), CASCADE_WORDS.iter().position(|known| known == word)) {
            (_, Some(at)) => cascade[at] = true,
            ("all", _) => cascade[..5].fill(true),
            ("none", _) if words.len() == 1 => {}
            ("none", _) => errors.push(text.span(), "`none` stands alone; remove it, or the other words"),
            _ => {
                let accepted = ["all", "none"].into_iter().chain(CASCADE_WORDS);
                errors.push(text.span(), format!("unknown cascade `{word}`{}", suggestion(word, accepted)));
            }
        }
    }
    cascade
}

/// Looks up a word and returns its variant.
fn word(text: &LitStr, what: &str, table: &[(&str, &str)], errors: &mut Errors) -> Option<Ident> {
    let word = text.value().trim().to_lowercase().replace(['-', '_'], " ");
    if let Some((_, variant)) = table.iter().find(|(known, _)| *known == word) {
        return Some(Ident::new(variant, text.span()));
    }
    let accepted: Vec<&str> = table.iter().map(|(known, _)| *known).collect();
    errors.push(text.span(), format!("unknown {what} `{}`; accepted: {}", text.value(), quoted(&accepted)));
    None
}

/// Resolves the columns of a constraint: a field stands for its columns.
fn constraint(
    members: &attribute::ConstraintColumns,
    unique: bool,
    fields: &[Field],
    errors: &mut Errors,
) -> Constraint {
    let mut columns = Vec::new();
    for member in &members.members {
        if unique {
            refuse_deferred(member, fields, errors);
        }
        match member {
            ConstraintMember::Column(name) => columns.push(name.value()),
            ConstraintMember::Field(ident) => {
                let name = ident.unraw().to_string();
                let known = fields.iter().filter(|field| !field.columns().is_empty());
                match known.clone().find(|field| field.name == name) {
                    Some(field) => columns.extend_from_slice(field.columns()),
                    None => {
                        let hint = suggestion(&name, known.map(|field| field.name.as_str()));
                        let message = format!(
                            "no column field `{name}`{hint}; a column of an embedded struct is written as a string"
                        );
                        errors.push(ident.span(), message);
                    }
                }
            }
        }
    }
    Constraint { name: members.name.clone(), columns }
}

/// Unique values are compared in memory, where one row hands its value on to another.
fn refuse_deferred(member: &ConstraintMember, fields: &[Field], errors: &mut Errors) {
    let is_named = |field: &Field| match member {
        ConstraintMember::Column(name) => field.columns().contains(&name.value()),
        ConstraintMember::Field(ident) => ident == &field.name,
    };
    let is_deferred =
        |field: &&Field| matches!(&field.role, Role::Column(column) if column.deferred) && is_named(field);
    if let Some(field) = fields.iter().find(is_deferred) {
        let message = format!(
            "unique values are compared in memory, and `{}` may not be loaded: make the field a plain column",
            field.name
        );
        let span = match member {
            ConstraintMember::Column(name) => name.span(),
            ConstraintMember::Field(ident) => ident.span(),
        };
        errors.push(span, message);
    }
}
