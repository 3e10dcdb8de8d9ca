//! A query as a tree, free of any engine's spelling.
//!
//! Only what the one query needs. Names of ours are fixed; what comes from outside (tables, columns, names of roles) stands in
//! [`Expr::Column`], [`From::Table`] and [`Expr::Text`], and is quoted where the tree is written out and nowhere else.

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expr {
    /// A column of one of our own parts.
    Name(&'static str),
    /// A column of the table, and the fields inside it.
    Column(Vec<String>),
    /// The argument of the functions that look at each member of an object.
    Key,
    Text(String),
    /// A moment, written `2026-06-01 00:00:00`.
    Moment(String),
    Number(i64),
    Null,
    Call(Function, Vec<Self>),
    /// Operands between the same operator.
    Joined(Operator, Vec<Self>),
    Not(Box<Self>),
    IsNull(Box<Self>),
    /// The first case that holds; null if none does.
    Case(Vec<(Self, Self)>, Option<Box<Self>>),
}

/// What stands between operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    And,
    Or,
    Equal,
    Less,
    AtLeast,
    /// Texts one after the other; null if one is.
    Then,
}

/// What engines call by names of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Lower,
    Length,
    /// A text, the first place (from 1), and how many characters.
    Substring,
    /// The first argument that is not null.
    Coalesce,
    /// Says whether a text holds another.
    Contains,
    /// Says whether a text matches a regular expression.
    Matches,
    /// What the first group of a regular expression matches; only where it does match.
    Group,
    /// A text with all matches of a regular expression replaced by another text.
    Replace,
    /// A text without any separators of ours.
    WithoutSeparator,
    /// The separator of ours.
    Separator,
    /// The members of a JSON object, as a map; null for any other text.
    Members,
    /// Of a map of members and two expressions of the member's key: those for which the first holds, as a JSON object, each
    /// with the text that the second gives.
    Kept,
    /// The value of a member as JSON: a map and a key.
    Value,
    /// A key as a JSON text.
    Quoted,
    /// A list or a structure as JSON.
    Json,
    /// A member of a map of texts: a map and a key; null if there is none.
    Member,
    /// A moment as CloudTrail writes it.
    Moment,
    /// The list of resources of OCSF, as CloudTrail's in JSON.
    Resources,
    /// The same of CloudTrail Lake.
    StoredResources,
    /// How many there are.
    Count,
    Least,
    Greatest,
    /// The smallest values, and how many of them at most.
    Smallest,
    /// The smallest different values, and how many of them at most, as JSON.
    Distinct,
    /// How many different values there are.
    Different,
    /// How often each value is there, as JSON; where the engine cannot, rows are by value.
    Histogram,
    /// The place of a row, by the first argument, among those with the same others.
    Rank,
}

/// Where rows come from.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum From {
    /// A table by its parts.
    Table(Vec<String>),
    /// A part of the query.
    Part(&'static str),
    /// An event data store of CloudTrail Lake, by its id.
    Store(String),
    /// Trail files below a place, read by the engine itself.
    Files(String),
    /// None: one row of constants.
    Nothing,
}

/// One `SELECT`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Select {
    pub(super) columns: Vec<(Expr, &'static str)>,
    pub(super) from: From,
    /// Parts joined, each row of ours with the one that fits, if one does.
    pub(super) joins: Vec<(&'static str, Expr)>,
    /// A part of which every row is joined with every one of ours.
    pub(super) times: Option<&'static str>,
    pub(super) filter: Option<Expr>,
    /// How many of the first columns rows are grouped by; none if they are not.
    pub(super) grouped_by: usize,
}

/// What a part of the query is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Body {
    Select(Select),
    /// All of these, one after the other.
    Selects(Vec<Select>),
    /// Rows of texts.
    Rows(Vec<&'static str>, Vec<Vec<String>>),
}

/// The whole query: parts by name, and what is asked of them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Query {
    pub(super) parts: Vec<(&'static str, Body)>,
    /// All of these, one after the other.
    pub(super) results: Vec<Select>,
}

impl Expr {
    /// The same with something else for each name.
    pub(super) fn with_names(self, of: &dyn Fn(&'static str) -> Self) -> Self {
        let each = |all: Vec<Self>| all.into_iter().map(|one| one.with_names(of)).collect();
        match self {
            Self::Name(name) => of(name),
            Self::Call(function, arguments) => Self::Call(function, each(arguments)),
            Self::Joined(operator, operands) => Self::Joined(operator, each(operands)),
            Self::Not(inner) => Self::Not(Box::new(inner.with_names(of))),
            Self::IsNull(inner) => Self::IsNull(Box::new(inner.with_names(of))),
            Self::Case(cases, other) => Self::Case(
                cases
                    .into_iter()
                    .map(|(one, two)| (one.with_names(of), two.with_names(of)))
                    .collect(),
                other.map(|other| Box::new(other.with_names(of))),
            ),
            other => other,
        }
    }
}

/// Shorthands, so that a query reads like one.
pub(super) fn name(name: &'static str) -> Expr {
    Expr::Name(name)
}

pub(super) fn text(text: impl Into<String>) -> Expr {
    Expr::Text(text.into())
}

pub(super) fn call(function: Function, arguments: impl Into<Vec<Expr>>) -> Expr {
    Expr::Call(function, arguments.into())
}

pub(super) fn all(conditions: impl Into<Vec<Expr>>) -> Expr {
    Expr::Joined(Operator::And, conditions.into())
}

pub(super) fn any(conditions: impl Into<Vec<Expr>>) -> Expr {
    Expr::Joined(Operator::Or, conditions.into())
}

pub(super) fn then(texts: impl Into<Vec<Expr>>) -> Expr {
    Expr::Joined(Operator::Then, texts.into())
}

pub(super) fn equal(one: Expr, other: Expr) -> Expr {
    Expr::Joined(Operator::Equal, vec![one, other])
}

pub(super) fn not(condition: Expr) -> Expr {
    Expr::Not(Box::new(condition))
}

pub(super) fn is_null(expression: Expr) -> Expr {
    Expr::IsNull(Box::new(expression))
}

pub(super) fn is_there(expression: Expr) -> Expr {
    not(is_null(expression))
}

/// `value` where `condition` holds, else null.
pub(super) fn when(condition: Expr, value: Expr) -> Expr {
    Expr::Case(vec![(condition, value)], None)
}

/// `value` where `condition` holds, else `other`.
pub(super) fn either(condition: Expr, value: Expr, other: Expr) -> Expr {
    Expr::Case(vec![(condition, value)], Some(Box::new(other)))
}

/// A text, or the empty one for null.
pub(super) fn filled(expression: Expr) -> Expr {
    call(Function::Coalesce, [expression, text("")])
}

pub(super) fn contains(whole: Expr, part: Expr) -> Expr {
    call(Function::Contains, [whole, part])
}

pub(super) fn matches(whole: Expr, pattern: impl Into<String>) -> Expr {
    call(Function::Matches, [whole, text(pattern)])
}

/// What the group of a pattern matches, else null: engines differ in what they give where nothing matches.
pub(super) fn group(whole: Expr, pattern: &str) -> Expr {
    let found = call(Function::Group, [whole.clone(), text(pattern)]);
    when(matches(whole, pattern), found)
}

impl Select {
    /// All rows of a part, without anything beside.
    pub(super) fn of(from: From, columns: Vec<(Expr, &'static str)>) -> Self {
        Self {
            columns,
            from,
            joins: Vec::new(),
            times: None,
            filter: None,
            grouped_by: 0,
        }
    }
}
