//! Stable codes of errors.

use super::{DatabaseErrorKind, Error, KeyProblem};

impl Error {
    /// The code of the kind of error, for logs, metrics and searches: `stale-data`, `unique-violation`, `pool-timeout`.
    ///
    /// A code never changes its meaning; messages may. A database error has the code of its [kind](DatabaseErrorKind),
    /// an unknown key that of its [problem](KeyProblem).
    pub fn code(&self) -> &'static str {
        match self {
            Self::Configuration { .. } => "configuration",
            Self::Connect { .. } => "connect",
            Self::PoolTimeout { .. } => "pool-timeout",
            Self::Database(error) => error.kind.code(),
            Self::CommitInDoubt(_) => "commit-in-doubt",
            Self::Decode { .. } => "decode",
            Self::StaleData { .. } => "stale-data",
            Self::CircularDependency { .. } => "circular-dependency",
            Self::UnknownKey { problem, .. } => problem.code(),
            Self::NoResultFound { .. } => "no-result",
            Self::MultipleResultsFound { .. } => "multiple-results",
            Self::ObjectDeleted { .. } => "object-deleted",
            Self::DuplicateIdentity { .. } => "duplicate-identity",
            Self::UnsetRelationship { .. } => "unset-relationship",
            Self::ParentDeleted { .. } => "parent-deleted",
            Self::UnsetKey { .. } => "unset-key",
            Self::RaisedColumn { .. } => "raised-column",
            Self::RaisedLoad { .. } => "raised-load",
            Self::RepeatedLoad { .. } => "repeated-load",
            Self::ListenerFailed { .. } => "listener-failed",
            Self::NotComputable { .. } => "not-computable",
            Self::Mapping { .. } => "mapping",
            Self::Unsupported { .. } => "unsupported",
            Self::PendingRollback { .. } => "pending-rollback",
            Self::RowDeleted { .. } => "row-deleted",
            Self::RowPending { .. } => "row-pending",
            Self::DeletedAndAdded { .. } => "deleted-and-added",
            Self::UniqueValueCycle { .. } => "unique-value-cycle",
            Self::KeyDiffers { .. } => "key-differs",
            Self::UnflushedChanges { .. } => "unflushed-changes",
            Self::EmptyRelationship { .. } => "empty-relationship",
            Self::MissingEntity { .. } => "missing-entity",
            Self::NoGeneratedKey { .. } => "no-generated-key",
            Self::UnsendableValue { .. } => "unsendable-value",
            Self::TooManyParameters { .. } => "too-many-parameters",
            Self::MissingParameter { .. } => "missing-parameter",
            Self::UnknownParameter { .. } => "unknown-parameter",
            Self::UnknownColumn { .. } => "unknown-column",
            Self::AmbiguousColumn { .. } => "ambiguous-column",
            Self::ColumnOutOfRange { .. } => "column-out-of-range",
            Self::TransactionOpen { .. } => "transaction-open",
            Self::NoTransaction { .. } => "no-transaction",
            Self::TransactionBorrowed { .. } => "transaction-borrowed",
            Self::TransactionStatement { .. } => "transaction-statement",
            Self::NotRolledBack { .. } => "not-rolled-back",
            Self::UnknownSavepoint { .. } => "unknown-savepoint",
            Self::SavepointEnded { .. } => "savepoint-ended",
            Self::ConnectionClosed { .. } => "connection-closed",
            Self::NoFreeConnection { .. } => "no-free-connection",
            Self::NoRuntime { .. } => "no-runtime",
            Self::BlockingForbidden { .. } => "blocking-forbidden",
            Self::NotRun { .. } => "not-run",
            Self::InvalidRequest { .. } => "invalid-request",
        }
    }
}

impl DatabaseErrorKind {
    /// The code of this kind of database error.
    pub fn code(self) -> &'static str {
        match self {
            Self::UniqueViolation => "unique-violation",
            Self::ForeignKeyViolation => "foreign-key-violation",
            Self::NotNullViolation => "not-null-violation",
            Self::CheckViolation => "check-violation",
            Self::SerializationFailure => "serialization-failure",
            Self::Locked => "locked",
            Self::Timeout => "timeout",
            Self::Canceled => "canceled",
            Self::Disconnected => "disconnected",
            Self::MissingTable => "missing-table",
            Self::MissingColumn => "missing-column",
            Self::Other => "database-error",
        }
    }
}

impl KeyProblem {
    /// The code of this problem.
    pub fn code(self) -> &'static str {
        match self {
            Self::OtherSession => "key-of-other-session",
            Self::Gone => "key-gone",
            Self::OtherClass => "key-of-other-class",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::error::Error as _;

    use super::{DatabaseErrorKind, Error, KeyProblem};
    use crate::error::DatabaseError;

    /// All codes. Programs and the book depend on them: a code may be added, but not changed or removed.
    const STABLE: &[&str] = &[
        "configuration",
        "connect",
        "pool-timeout",
        "commit-in-doubt",
        "decode",
        "stale-data",
        "circular-dependency",
        "no-result",
        "multiple-results",
        "object-deleted",
        "duplicate-identity",
        "unset-relationship",
        "parent-deleted",
        "unset-key",
        "raised-column",
        "raised-load",
        "repeated-load",
        "listener-failed",
        "not-computable",
        "mapping",
        "unsupported",
        "pending-rollback",
        "row-deleted",
        "row-pending",
        "deleted-and-added",
        "unique-value-cycle",
        "key-differs",
        "unflushed-changes",
        "empty-relationship",
        "missing-entity",
        "no-generated-key",
        "unsendable-value",
        "too-many-parameters",
        "missing-parameter",
        "unknown-parameter",
        "unknown-column",
        "ambiguous-column",
        "column-out-of-range",
        "transaction-open",
        "no-transaction",
        "transaction-borrowed",
        "transaction-statement",
        "not-rolled-back",
        "unknown-savepoint",
        "savepoint-ended",
        "connection-closed",
        "no-free-connection",
        "no-runtime",
        "blocking-forbidden",
        "not-run",
        "invalid-request",
        "unique-violation",
        "foreign-key-violation",
        "not-null-violation",
        "check-violation",
        "serialization-failure",
        "locked",
        "timeout",
        "canceled",
        "disconnected",
        "missing-table",
        "missing-column",
        "database-error",
        "key-of-other-session",
        "key-gone",
        "key-of-other-class",
    ];

    /// All codes that the three functions return. The compiler requires an arm for each variant.
    fn given() -> Vec<&'static str> {
        let (arms, _) = include_str!("code.rs").split_once("#[cfg(test)]").unwrap_or_default();
        arms.lines()
            .filter_map(|line| line.trim().strip_suffix("\",")?.split_once("=> \"").map(|(_, code)| code))
            .collect()
    }

    #[test]
    fn codes_are_distinct_and_stable() {
        assert_eq!(given(), STABLE);
        assert_eq!(STABLE.iter().collect::<BTreeSet<_>>().len(), STABLE.len(), "a code stands for two kinds of error");
        for code in STABLE {
            assert!(code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{code}");
        }
    }

    #[test]
    fn a_refusal_has_the_code_of_its_kind_and_the_cause_of_the_driver() {
        let mut refused = DatabaseError::new(DatabaseErrorKind::UniqueViolation, "taken");
        refused.cause = Some("the driver's words".into());
        let error = Error::from(refused);
        assert_eq!((error.code(), error.to_string().as_str()), ("unique-violation", "taken"));
        assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("the driver's words"));
        let gone = Error::UnknownKey { entity: "User", problem: KeyProblem::Gone };
        assert_eq!((gone.code(), gone.source().is_none()), ("key-gone", true));
    }
}
