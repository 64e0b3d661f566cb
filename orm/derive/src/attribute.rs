//! The grammar of `#[entity(...)]`: a table of all keys, and the parser.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Ident, LitInt, LitStr, Token, parenthesized, token};

use crate::errors::{Errors, suggestion};

/// A key of `#[entity(...)]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Base,
    Cascade,
    Check,
    Column,
    Columns,
    Comment,
    Default,
    Discriminator,
    Embed,
    Group,
    Identity,
    Index,
    Inheritance,
    Inverse,
    KeyedBy,
    Lazy,
    Length,
    Local,
    On,
    OnDelete,
    OnUpdate,
    Onupdate,
    OrderBy,
    PassiveDeletes,
    PostUpdate,
    Precision,
    Primary,
    References,
    Remote,
    Root,
    Scale,
    Schema,
    Secondary,
    Sensitive,
    ServerDefault,
    Set,
    Skip,
    Table,
    Text,
    Unique,
    Version,
}

/// Form of a key's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueForm {
    /// Nothing: `unique`.
    Flag,
    /// `= "text"`
    Text,
    /// `= 50`
    Integer,
    /// `= expression`
    Expression,
    /// `("a", "b")`
    Texts,
    /// `(field, field)` or `(name = "..", columns(..))`
    Columns,
    /// `= "sql"` or `(name = "..", sql = "..")`
    Check,
    /// Nothing, or `(prefix = "..")`.
    Embed,
}

/// Kinds of fields as bits: a key lists the kinds that it applies to.
pub(crate) mod fits {
    pub(crate) const COLUMN: u16 = 1;
    pub(crate) const BELONGS_TO: u16 = 1 << 1;
    pub(crate) const HAS_MANY: u16 = 1 << 2;
    pub(crate) const HAS_ONE: u16 = 1 << 3;
    pub(crate) const MANY_TO_MANY: u16 = 1 << 4;
    pub(crate) const EMBED: u16 = 1 << 5;
    pub(crate) const SKIP: u16 = 1 << 6;
    pub(crate) const BASE: u16 = 1 << 7;
    pub(crate) const VIEW_MANY: u16 = 1 << 8;
    pub(crate) const VIEW_ONE: u16 = 1 << 9;
    pub(crate) const DEFERRED: u16 = 1 << 10;

    pub(crate) const COLLECTION: u16 = HAS_MANY | MANY_TO_MANY;
    pub(crate) const RELATION: u16 = BELONGS_TO | HAS_MANY | HAS_ONE | MANY_TO_MANY;
    pub(crate) const VIEW: u16 = VIEW_MANY | VIEW_ONE;

    /// The kinds of a set in words.
    pub(crate) fn words(set: u16) -> String {
        let names = [
            (COLUMN, "a column"),
            (BELONGS_TO, "`BelongsTo`"),
            (HAS_MANY, "`HasMany`"),
            (HAS_ONE, "`HasOne`"),
            (MANY_TO_MANY, "`ManyToMany`"),
            (VIEW_MANY, "`ViewMany`"),
            (VIEW_ONE, "`ViewOne`"),
            (EMBED, "an embedded struct"),
            (SKIP, "a skipped field"),
            (BASE, "the class that is extended"),
            (DEFERRED, "`Deferred`"),
        ];
        // A deferred column is one.
        let set = if set & COLUMN != 0 { set & !DEFERRED } else { set };
        let names: Vec<&str> = names.iter().filter(|(bit, _)| set & bit != 0).map(|(_, name)| *name).collect();
        match names.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
            _ => names.concat(),
        }
    }
}

/// A row of the grammar.
pub(crate) struct KeySpec {
    pub(crate) key: Key,
    pub(crate) name: &'static str,
    form: ValueForm,
    /// Kinds of fields that the key applies to; unused for keys of the struct.
    pub(crate) fits: u16,
}

const fn spec(key: Key, name: &'static str, form: ValueForm, fits: u16) -> KeySpec {
    KeySpec { key, name, form, fits }
}

/// Every key of a field.
pub(crate) const FIELD: &[KeySpec] = &[
    spec(Key::Primary, "primary_key", ValueForm::Flag, fits::COLUMN | fits::BELONGS_TO | fits::EMBED),
    spec(Key::Base, "base", ValueForm::Flag, fits::BASE),
    spec(Key::Column, "column", ValueForm::Text, fits::COLUMN | fits::DEFERRED | fits::BELONGS_TO | fits::BASE),
    spec(Key::Columns, "columns", ValueForm::Texts, fits::BELONGS_TO | fits::BASE),
    spec(Key::Length, "length", ValueForm::Integer, fits::COLUMN | fits::DEFERRED),
    spec(Key::Text, "text", ValueForm::Flag, fits::COLUMN | fits::DEFERRED),
    spec(Key::Precision, "precision", ValueForm::Integer, fits::COLUMN | fits::DEFERRED),
    spec(Key::Scale, "scale", ValueForm::Integer, fits::COLUMN | fits::DEFERRED),
    spec(Key::Unique, "unique", ValueForm::Flag, fits::COLUMN | fits::BELONGS_TO),
    spec(Key::Index, "index", ValueForm::Flag, fits::COLUMN | fits::DEFERRED | fits::BELONGS_TO),
    spec(Key::Default, "default", ValueForm::Expression, fits::COLUMN | fits::DEFERRED),
    spec(Key::ServerDefault, "server_default", ValueForm::Text, fits::COLUMN | fits::DEFERRED),
    spec(Key::Onupdate, "onupdate", ValueForm::Expression, fits::COLUMN | fits::DEFERRED),
    spec(Key::Comment, "comment", ValueForm::Text, fits::COLUMN | fits::DEFERRED | fits::BELONGS_TO),
    spec(Key::Sensitive, "sensitive", ValueForm::Flag, fits::COLUMN | fits::DEFERRED | fits::BELONGS_TO),
    spec(Key::Version, "version", ValueForm::Flag, fits::COLUMN),
    spec(Key::References, "references", ValueForm::Text, fits::COLUMN),
    spec(Key::OnDelete, "on_delete", ValueForm::Text, fits::COLUMN | fits::BELONGS_TO | fits::MANY_TO_MANY),
    spec(Key::OnUpdate, "on_update", ValueForm::Text, fits::COLUMN | fits::BELONGS_TO | fits::MANY_TO_MANY),
    spec(Key::Embed, "embed", ValueForm::Embed, fits::EMBED),
    spec(Key::Skip, "skip", ValueForm::Flag, fits::SKIP),
    spec(Key::Inverse, "inverse", ValueForm::Text, fits::RELATION),
    spec(Key::Cascade, "cascade", ValueForm::Text, fits::RELATION),
    spec(Key::On, "on", ValueForm::Expression, fits::VIEW),
    spec(Key::Lazy, "lazy", ValueForm::Text, fits::RELATION | fits::VIEW | fits::DEFERRED),
    spec(Key::Group, "group", ValueForm::Text, fits::DEFERRED),
    spec(Key::OrderBy, "order_by", ValueForm::Text, fits::COLLECTION | fits::VIEW),
    spec(Key::KeyedBy, "key", ValueForm::Text, fits::COLLECTION),
    spec(Key::Set, "set", ValueForm::Flag, fits::COLLECTION),
    spec(Key::PassiveDeletes, "passive_deletes", ValueForm::Flag, fits::HAS_MANY | fits::HAS_ONE | fits::MANY_TO_MANY),
    spec(Key::PostUpdate, "post_update", ValueForm::Flag, fits::BELONGS_TO),
    spec(Key::Secondary, "secondary", ValueForm::Text, fits::MANY_TO_MANY),
    spec(Key::Local, "local", ValueForm::Text, fits::MANY_TO_MANY),
    spec(Key::Remote, "remote", ValueForm::Text, fits::MANY_TO_MANY),
];

/// Every key of the struct.
pub(crate) const STRUCT: &[KeySpec] = &[
    spec(Key::Root, "root", ValueForm::Text, 0),
    spec(Key::Table, "table", ValueForm::Text, 0),
    spec(Key::Schema, "schema", ValueForm::Text, 0),
    spec(Key::Comment, "comment", ValueForm::Text, 0),
    spec(Key::Unique, "unique", ValueForm::Columns, 0),
    spec(Key::Index, "index", ValueForm::Columns, 0),
    spec(Key::Check, "check", ValueForm::Check, 0),
];

/// Every key of an enum, the root of a hierarchy.
pub(crate) const ENUM: &[KeySpec] = &[
    spec(Key::Inheritance, "inheritance", ValueForm::Text, 0),
    spec(Key::Discriminator, "discriminator", ValueForm::Text, 0),
];

/// Every key of a variant.
pub(crate) const VARIANT: &[KeySpec] = &[spec(Key::Identity, "identity", ValueForm::Text, 0)];

/// Forms whose keys can be repeated.
const REPEATABLE: [ValueForm; 2] = [ValueForm::Columns, ValueForm::Check];

/// Parsed value of a key.
pub(crate) enum AttributeValue {
    Flag,
    Text(LitStr),
    Integer(u32),
    Expression(Expr),
    Texts(Vec<LitStr>),
    Columns(ConstraintColumns),
    Check(NamedCheck),
    Embed(Option<LitStr>),
}

/// The columns of a unique constraint or an index.
#[derive(Clone)]
pub(crate) struct ConstraintColumns {
    pub(crate) name: Option<LitStr>,
    pub(crate) members: Vec<ConstraintMember>,
}

/// A field, or a column by its database name.
#[derive(Clone)]
pub(crate) enum ConstraintMember {
    Field(Ident),
    Column(LitStr),
}

/// A CHECK constraint.
#[derive(Clone)]
pub(crate) struct NamedCheck {
    pub(crate) name: Option<LitStr>,
    pub(crate) sql: LitStr,
}

/// A parsed key with its position.
pub(crate) struct Entry {
    pub(crate) spec: &'static KeySpec,
    pub(crate) span: Span,
    pub(crate) given: AttributeValue,
}

/// The keys of one field, or of the struct.
#[derive(Default)]
pub(crate) struct Attributes {
    pub(crate) entries: Vec<Entry>,
}

impl Attributes {
    /// Reads every `#[entity(...)]`; faults are recorded and the rest is read on.
    pub(crate) fn parse(attributes: &[Attribute], table: &'static [KeySpec], errors: &mut Errors) -> Self {
        let mut parsed = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("entity")) {
            match attribute.meta.require_list() {
                Ok(list) => {
                    let parser = |input: ParseStream<'_>| parsed.entries(input, table, errors);
                    if let Err(error) = parser.parse2(list.tokens.clone()) {
                        errors.add(error);
                    }
                }
                Err(_) => errors.push_at(attribute, "write `#[entity(key, key = value, ...)]`"),
            }
        }
        parsed
    }

    fn entries(&mut self, input: ParseStream<'_>, table: &'static [KeySpec], errors: &mut Errors) -> syn::Result<()> {
        while !input.is_empty() {
            if let Err(error) = self.entry(input, table) {
                errors.add(error);
                skip_to_comma(input);
            }
            if input.is_empty() {
                break;
            }
            if let Err(error) = input.parse::<Token![,]>() {
                errors.add(error);
                skip_to_comma(input);
                input.parse::<Option<Token![,]>>()?;
            }
        }
        Ok(())
    }

    fn entry(&mut self, input: ParseStream<'_>, table: &'static [KeySpec]) -> syn::Result<()> {
        let key = input.call(Ident::parse_any)?;
        let name = key.to_string();
        let Some(spec) = table.iter().find(|spec| spec.name == name) else {
            return Err(syn::Error::new(key.span(), unknown(&name, table)));
        };
        let given = spec.form.parse(input, &key)?;
        if self.entry_of(spec.key).is_some() && !REPEATABLE.contains(&spec.form) {
            return Err(syn::Error::new(key.span(), format!("`{name}` stands twice; remove one")));
        }
        self.entries.push(Entry { spec, span: key.span(), given });
        Ok(())
    }

    fn entry_of(&self, key: Key) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.spec.key == key)
    }

    /// Position of a key.
    pub(crate) fn span(&self, key: Key) -> Option<Span> {
        self.entry_of(key).map(|entry| entry.span)
    }

    /// Whether a key is present.
    pub(crate) fn has(&self, key: Key) -> bool {
        self.entry_of(key).is_some()
    }

    /// `key = "text"`
    pub(crate) fn text(&self, key: Key) -> Option<&LitStr> {
        match &self.entry_of(key)?.given {
            AttributeValue::Text(text) => Some(text),
            _ => None,
        }
    }

    /// `key = 50`
    pub(crate) fn integer(&self, key: Key) -> Option<u32> {
        match self.entry_of(key)?.given {
            AttributeValue::Integer(integer) => Some(integer),
            _ => None,
        }
    }

    /// `key = expression`
    pub(crate) fn expression(&self, key: Key) -> Option<&Expr> {
        match &self.entry_of(key)?.given {
            AttributeValue::Expression(expression) => Some(expression),
            _ => None,
        }
    }

    /// `key("a", "b")`
    pub(crate) fn texts(&self, key: Key) -> Option<&[LitStr]> {
        match &self.entry_of(key)?.given {
            AttributeValue::Texts(texts) => Some(texts),
            _ => None,
        }
    }

    /// The prefix of `embed(prefix = "..")`.
    pub(crate) fn embed_prefix(&self) -> Option<&LitStr> {
        match &self.entry_of(Key::Embed)?.given {
            AttributeValue::Embed(prefix) => prefix.as_ref(),
            _ => None,
        }
    }

    /// Every `unique(..)` or `index(..)` of the struct.
    pub(crate) fn members(&self, key: Key) -> impl Iterator<Item = &ConstraintColumns> {
        self.entries.iter().filter(move |entry| entry.spec.key == key).filter_map(|entry| match &entry.given {
            AttributeValue::Columns(members) => Some(members),
            _ => None,
        })
    }

    /// Every `check` of the struct.
    pub(crate) fn checks(&self) -> impl Iterator<Item = &NamedCheck> {
        self.entries.iter().filter_map(|entry| match &entry.given {
            AttributeValue::Check(check) => Some(check),
            _ => None,
        })
    }
}

impl ValueForm {
    fn parse(self, input: ParseStream<'_>, key: &Ident) -> syn::Result<AttributeValue> {
        let starts_value = input.peek(Token![=]);
        let starts_list = input.peek(token::Paren);
        let fits = match self {
            Self::Flag => !starts_value && !starts_list,
            Self::Text | Self::Integer | Self::Expression => starts_value,
            Self::Texts | Self::Columns => starts_list,
            Self::Check => starts_value || starts_list,
            Self::Embed => !starts_value,
        };
        if !fits {
            return Err(syn::Error::new(key.span(), format!("write {}", self.example(key))));
        }
        if starts_value {
            input.parse::<Token![=]>()?;
        }
        match self {
            Self::Flag => Ok(AttributeValue::Flag),
            Self::Text => Ok(AttributeValue::Text(text(input, &self.example(key))?)),
            Self::Integer => {
                let span = input.span();
                let number = input.parse::<LitInt>().and_then(|literal| literal.base10_parse());
                number
                    .map(AttributeValue::Integer)
                    .map_err(|_| syn::Error::new(span, format!("write {}", self.example(key))))
            }
            Self::Expression => Ok(AttributeValue::Expression(input.parse()?)),
            Self::Texts => {
                let texts = list(input, Punctuated::<LitStr, Token![,]>::parse_terminated)?;
                Ok(AttributeValue::Texts(texts.into_iter().collect()))
            }
            Self::Columns => members(input, key).map(AttributeValue::Columns),
            Self::Check if starts_value => {
                Ok(AttributeValue::Check(NamedCheck { name: None, sql: text(input, &self.example(key))? }))
            }
            Self::Check => {
                let [name, sql] = named_texts(input, ["name", "sql"])?;
                let sql = sql.ok_or_else(|| syn::Error::new(key.span(), format!("write {}", self.example(key))))?;
                Ok(AttributeValue::Check(NamedCheck { name, sql }))
            }
            Self::Embed if starts_list => {
                let [prefix] = named_texts(input, ["prefix"])?;
                Ok(AttributeValue::Embed(prefix))
            }
            Self::Embed => Ok(AttributeValue::Embed(None)),
        }
    }

    fn example(self, key: &Ident) -> String {
        match self {
            Self::Flag => format!("`{key}` alone, it takes no value"),
            Self::Text => format!("`{key} = \"...\"`"),
            Self::Integer => format!("`{key} = 50`, a whole number"),
            Self::Expression => format!("`{key} = expression`"),
            Self::Texts => format!("`{key}(\"a\", \"b\")`"),
            Self::Columns => format!("`{key}(field, field)` or `{key}(name = \"...\", columns(field, field))`"),
            Self::Check => format!("`{key} = \"sql\"` or `{key}(name = \"...\", sql = \"...\")`"),
            Self::Embed => format!("`{key}` or `{key}(prefix = \"...\")`"),
        }
    }
}

/// Error message for an unknown key, which may belong to another table.
fn unknown(name: &str, table: &[KeySpec]) -> String {
    let places: [(&[KeySpec], &str); 4] = [
        (STRUCT, "the struct"),
        (FIELD, "a field"),
        (ENUM, "the enum that is the root of a hierarchy"),
        (VARIANT, "a variant of the root of a hierarchy"),
    ];
    if let Some((_, place)) = places.iter().find(|(other, _)| other.iter().any(|spec| spec.name == name)) {
        return format!("`{name}` belongs on {place}, as `#[entity({name} ...)]` there");
    }
    format!("unknown attribute `{name}`{}", suggestion(name, table.iter().map(|spec| spec.name)))
}

fn text(input: ParseStream<'_>, example: &str) -> syn::Result<LitStr> {
    let span = input.span();
    let text: LitStr = input.parse().map_err(|_| syn::Error::new(span, format!("write {example}, a string")))?;
    if text.value().trim().is_empty() {
        return Err(syn::Error::new(text.span(), "the string is empty; leave the attribute out instead"));
    }
    Ok(text)
}

/// `(name = "..", sql = "..")`, in any order.
fn named_texts<const N: usize>(input: ParseStream<'_>, names: [&str; N]) -> syn::Result<[Option<LitStr>; N]> {
    list(input, |content| {
        let mut found = [const { None }; N];
        while !content.is_empty() {
            let key: Ident = content.call(Ident::parse_any)?;
            let Some(at) = names.iter().position(|name| key == name) else {
                let message = format!("unknown attribute `{key}`{}", suggestion(&key.to_string(), names));
                return Err(syn::Error::new(key.span(), message));
            };
            content.parse::<Token![=]>()?;
            found[at] = Some(text(content, &format!("`{key} = \"...\"`"))?);
            if !content.is_empty() {
                content.parse::<Token![,]>()?;
            }
        }
        Ok(found)
    })
}

/// `(field, field)` or `(name = "..", columns(field, field))`.
fn members(input: ParseStream<'_>, key: &Ident) -> syn::Result<ConstraintColumns> {
    let parsed = list(input, |content| {
        let mut name = None;
        if content.peek(Ident::peek_any) && content.peek2(Token![=]) {
            let word: Ident = content.call(Ident::parse_any)?;
            if word != "name" {
                return Err(syn::Error::new(word.span(), format!("write {}", ValueForm::Columns.example(key))));
            }
            content.parse::<Token![=]>()?;
            name = Some(text(content, "`name = \"...\"`")?);
            content.parse::<Token![,]>()?;
        }
        let members = if content.peek(Ident::peek_any) && content.peek2(token::Paren) {
            content.call(Ident::parse_any)?;
            let members = list(content, |inner| Punctuated::<_, Token![,]>::parse_terminated_with(inner, member))?;
            content.parse::<Option<Token![,]>>()?;
            members
        } else {
            Punctuated::parse_terminated_with(content, member)?
        };
        Ok(ConstraintColumns { name, members: members.into_iter().collect() })
    })?;
    if parsed.members.is_empty() {
        return Err(syn::Error::new(key.span(), format!("write {}", ValueForm::Columns.example(key))));
    }
    Ok(parsed)
}

fn member(input: ParseStream<'_>) -> syn::Result<ConstraintMember> {
    if input.peek(LitStr) {
        input.parse().map(ConstraintMember::Column)
    } else {
        input.call(Ident::parse_any).map(ConstraintMember::Field)
    }
}

/// Parses the content of parentheses. After an error the rest is skipped, because syn would report it as a second
/// error.
fn list<T>(input: ParseStream<'_>, parse: impl FnOnce(ParseStream<'_>) -> syn::Result<T>) -> syn::Result<T> {
    let content;
    parenthesized!(content in input);
    let parsed = parse(&content);
    if parsed.is_err() {
        content.parse::<TokenStream>()?;
    }
    parsed
}

/// Goes on behind a fault, at the next key.
fn skip_to_comma(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) && input.parse::<TokenTree>().is_ok() {}
}
