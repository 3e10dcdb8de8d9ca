//! Writes a query in an engine's SQL.

use super::dialect::Dialect;
use super::trail_files;
use super::tree::{Body, Expr, From, Function, Operator, Query, Select};

/// The variable of functions that look at each member.
const KEY: &str = "k";

/// Writes one statement without parts.
pub(super) fn statement(select: &Select, dialect: Dialect) -> String {
    Writer { dialect }.select(select) + "\n"
}

/// Writes the whole query.
pub(super) fn query(query: &Query, dialect: Dialect) -> String {
    let writer = Writer { dialect };
    let parts: Vec<String> = query
        .parts
        .iter()
        .map(|(name, body)| writer.part(name, body))
        .collect();
    let results: Vec<String> = query
        .results
        .iter()
        .map(|select| writer.select(select))
        .collect();
    format!(
        "WITH\n{}\n{}\n",
        parts.join(",\n"),
        results.join("\nUNION ALL\n")
    )
}

struct Writer {
    dialect: Dialect,
}

impl Writer {
    fn name(&self, name: &str) -> String {
        self.dialect.identifier(name)
    }

    fn text(&self, text: &str) -> String {
        self.dialect.literal(text)
    }

    fn part(&self, name: &str, body: &Body) -> String {
        let name = self.name(name);
        match body {
            Body::Select(select) => format!("{name} AS (\n{}\n)", self.select(select)),
            Body::Selects(selects) => {
                let selects: Vec<String> = selects.iter().map(|it| self.select(it)).collect();
                format!("{name} AS (\n{}\n)", selects.join("\nUNION ALL\n"))
            }
            Body::Rows(columns, rows) => {
                let columns: Vec<String> = columns.iter().map(|it| self.name(it)).collect();
                let row = |row: &Vec<String>| {
                    let texts: Vec<String> = row.iter().map(|it| self.text(it)).collect();
                    format!("({})", texts.join(", "))
                };
                let rows: Vec<String> = rows.iter().map(row).collect();
                // Aliased inside, which every engine takes.
                format!(
                    "{name} AS (\nSELECT * FROM (VALUES\n{}\n) AS {name}({})\n)",
                    rows.join(",\n"),
                    columns.join(", ")
                )
            }
        }
    }

    fn select(&self, select: &Select) -> String {
        let columns: Vec<String> = select
            .columns
            .iter()
            .map(|(expression, name)| self.column(expression, name))
            .collect();
        let mut lines = vec![format!("SELECT\n  {}", columns.join(",\n  "))];
        match &select.from {
            From::Nothing => {}
            from => lines.push(format!("FROM {}", self.from(from))),
        }
        for (part, condition) in &select.joins {
            let condition = self.expression(condition);
            lines.push(format!("LEFT JOIN {} ON {condition}", self.name(part)));
        }
        if let Some(part) = select.times {
            lines.push(format!("CROSS JOIN {}", self.name(part)));
        }
        if let Some(filter) = &select.filter {
            lines.push(format!("WHERE {}", self.expression(filter)));
        }
        if select.grouped_by > 0 {
            let keys = select.columns.iter().take(select.grouped_by);
            let keys: Vec<String> = keys.map(|(key, _)| self.expression(key)).collect();
            lines.push(format!("GROUP BY {}", keys.join(", ")));
        }
        lines.join("\n")
    }

    fn column(&self, expression: &Expr, name: &'static str) -> String {
        match expression {
            Expr::Name(same) if *same == name => self.name(name),
            _ => format!("{} AS {}", self.expression(expression), self.name(name)),
        }
    }

    fn from(&self, from: &From) -> String {
        match from {
            From::Table(parts) => {
                let parts: Vec<String> = parts.iter().map(|part| self.name(part)).collect();
                parts.join(".")
            }
            From::Part(name) => self.name(name),
            // An id of letters, digits and hyphens, which CloudTrail Lake takes as it stands.
            From::Store(id) => id.clone(),
            From::Files(place) => trail_files::relation(&self.text(place), self.dialect),
            From::Nothing => String::new(),
        }
    }

    fn expression(&self, expression: &Expr) -> String {
        match expression {
            Expr::Name(name) => self.name(name),
            Expr::Column(parts) => {
                let parts: Vec<String> = parts.iter().map(|part| self.name(part)).collect();
                parts.join(".")
            }
            Expr::Key => KEY.to_owned(),
            Expr::Text(text) => self.text(text),
            Expr::Moment(moment) => format!("CAST({} AS TIMESTAMP)", self.text(moment)),
            Expr::Number(number) => number.to_string(),
            // An engine cannot tell the type of a column that is null everywhere.
            Expr::Null => "CAST(NULL AS VARCHAR)".replace("VARCHAR", self.text_type()),
            Expr::Call(function, arguments) => self.call(*function, arguments),
            Expr::Joined(operator, operands) => self.joined(*operator, operands),
            Expr::Not(inner) => match &**inner {
                Expr::IsNull(inner) => format!("({} IS NOT NULL)", self.expression(inner)),
                inner => format!("(NOT {})", self.expression(inner)),
            },
            Expr::IsNull(inner) => format!("({} IS NULL)", self.expression(inner)),
            Expr::Case(cases, other) => {
                let mut words = vec!["CASE".to_owned()];
                for (condition, value) in cases {
                    let (condition, value) = (self.expression(condition), self.expression(value));
                    words.push(format!("WHEN {condition} THEN {value}"));
                }
                if let Some(other) = other {
                    words.push(format!("ELSE {}", self.expression(other)));
                }
                words.push("END".to_owned());
                words.join(" ")
            }
        }
    }

    fn text_type(&self) -> &'static str {
        match self.dialect {
            Dialect::Spark => "STRING",
            _ => "VARCHAR",
        }
    }

    fn joined(&self, operator: Operator, operands: &[Expr]) -> String {
        let sign = match operator {
            Operator::And => " AND ",
            Operator::Or => " OR ",
            Operator::Equal => " = ",
            Operator::Less => " < ",
            Operator::AtLeast => " >= ",
            Operator::Then => " || ",
        };
        let operands: Vec<String> = operands.iter().map(|it| self.expression(it)).collect();
        match operands.as_slice() {
            [] => if operator == Operator::Or {
                "FALSE"
            } else {
                "TRUE"
            }
            .to_owned(),
            [one] => one.clone(),
            _ => format!("({})", operands.join(sign)),
        }
    }

    #[expect(
        clippy::too_many_lines,
        reason = "one table: each function in each dialect"
    )]
    fn call(&self, function: Function, arguments: &[Expr]) -> String {
        let all: Vec<String> = arguments.iter().map(|it| self.expression(it)).collect();
        let get = |at: usize| all.get(at).cloned().unwrap_or_default();
        let (one, two) = (get(0), get(1));
        let plain = |name: &str| format!("{name}({})", all.join(", "));
        let (dialect, is_trino) = (self.dialect, self.dialect.is_trino());
        match function {
            Function::Lower => plain("lower"),
            Function::Length => plain("length"),
            Function::Substring => plain("substr"),
            Function::Coalesce => plain("coalesce"),
            Function::Contains => match dialect {
                Dialect::Spark => format!("(instr({one}, {two}) > 0)"),
                _ => format!("(strpos({one}, {two}) > 0)"),
            },
            Function::Matches => match dialect {
                Dialect::DuckDb => plain("regexp_matches"),
                _ => plain("regexp_like"),
            },
            Function::Group => format!("regexp_extract({one}, {two}, 1)"),
            Function::Replace => match dialect {
                Dialect::DuckDb => format!("regexp_replace({}, 'g')", all.join(", ")),
                _ => plain("regexp_replace"),
            },
            Function::Separator => match dialect {
                Dialect::Spark => "char(31)".to_owned(),
                _ => "chr(31)".to_owned(),
            },
            Function::WithoutSeparator => {
                let separator = self.call(Function::Separator, &[]);
                format!("replace({one}, {separator}, ' ')")
            }
            Function::Members if is_trino => {
                format!("TRY_CAST(TRY(json_parse({one})) AS MAP(VARCHAR, JSON))")
            }
            Function::Members if dialect == Dialect::Spark => {
                format!("try_cast(try_parse_json({one}) AS MAP<STRING, VARIANT>)")
            }
            Function::Members => {
                let object = format!(
                    "CASE WHEN TRY_CAST({one} AS JSON) IS NOT NULL AND json_type({one}) = 'OBJECT' THEN {one} END"
                );
                format!("TRY_CAST(TRY_CAST({object} AS JSON) AS MAP(VARCHAR, JSON))")
            }
            Function::Kept => self.kept(&one, &two, &get(2)),
            Function::Value if is_trino => {
                format!("coalesce(json_format(element_at({one}, {two})), 'null')")
            }
            Function::Value if dialect == Dialect::Spark => {
                format!("coalesce(to_json({one}[{two}]), 'null')")
            }
            Function::Value => format!("coalesce(CAST({one}[{two}] AS VARCHAR), 'null')"),
            Function::Quoted => {
                let (slash, quote) = (self.text("\\"), self.text("\""));
                let (slashes, quoted) = (self.text("\\\\"), self.text("\\\""));
                format!(
                    "{quote} || replace(replace({one}, {slash}, {slashes}), {quote}, {quoted}) || {quote}"
                )
            }
            Function::Json => self.json(&one),
            Function::Member if dialect == Dialect::Spark => plain("try_element_at"),
            Function::Member if is_trino => plain("element_at"),
            Function::Member => format!("{one}[{two}]"),
            Function::Moment => {
                let (name, format) = match dialect {
                    Dialect::Spark => ("date_format", "yyyy-MM-dd'T'HH:mm:ss'Z'"),
                    Dialect::Athena | Dialect::Lake => ("date_format", "%Y-%m-%dT%H:%i:%sZ"),
                    Dialect::DuckDb => ("strftime", "%Y-%m-%dT%H:%M:%SZ"),
                };
                format!("{name}({one}, {})", self.text(format))
            }
            Function::Resources => self.resources(&one, "r.{uid}, r.{account}.{uid}, r.{type}"),
            Function::StoredResources => self.resources(&one, "r.{arn}, r.{accountid}, r.{type}"),
            Function::Count if arguments.is_empty() => "count(*)".to_owned(),
            Function::Count => plain("count"),
            Function::Least => plain("min"),
            Function::Greatest => plain("max"),
            Function::Smallest => match dialect {
                Dialect::Spark => {
                    self.json(&format!("slice(array_sort(collect_list({one})), 1, {two})"))
                }
                _ => self.json(&plain("min")),
            },
            Function::Distinct => match dialect {
                Dialect::Spark => {
                    self.json(&format!("slice(array_sort(collect_set({one})), 1, {two})"))
                }
                Dialect::DuckDb => self.json(&format!(
                    "list_slice(list_sort(map_keys(histogram({one}))), 1, {two})"
                )),
                Dialect::Athena | Dialect::Lake => self.json(&format!(
                    "slice(array_sort(map_keys(histogram({one}))), 1, {two})"
                )),
            },
            Function::Different => match dialect {
                Dialect::Spark => format!("size(collect_set({one}))"),
                // In Trino this costs no further exchange of rows.
                _ => format!("coalesce(cardinality(map_keys(histogram({one}))), 0)"),
            },
            Function::Rank => {
                let others = all.get(1..).unwrap_or_default().join(", ");
                format!("row_number() OVER (PARTITION BY {others} ORDER BY {one})")
            }
            Function::Histogram => match dialect {
                // Rows of Spark are by day.
                Dialect::Spark => format!("min({one})"),
                _ => self.json(&plain("histogram")),
            },
        }
    }

    fn json(&self, list: &str) -> String {
        match self.dialect {
            Dialect::Spark => format!("to_json({list})"),
            Dialect::DuckDb => format!("CAST(to_json({list}) AS VARCHAR)"),
            Dialect::Athena | Dialect::Lake => format!("json_format(CAST({list} AS JSON))"),
        }
    }

    /// A list of resources by CloudTrail's names. Maps become objects in every engine, structures do not.
    fn resources(&self, list: &str, values: &str) -> String {
        let [arn, account, kind] = ["arn", "accountid", "type"].map(|name| self.text(name));
        let names = ["uid", "account", "type", "arn", "accountid"];
        let values = names.iter().fold(values.to_owned(), |values, name| {
            values.replace(&format!("{{{name}}}"), &self.name(name))
        });
        let found = match self.dialect {
            Dialect::DuckDb => format!(
                "list_transform({list}, lambda r : MAP([{arn}, {account}, {kind}], [{values}]))"
            ),
            Dialect::Athena | Dialect::Lake => format!(
                "transform({list}, r -> MAP(ARRAY[{arn}, {account}, {kind}], ARRAY[{values}]))"
            ),
            Dialect::Spark => format!(
                "transform({list}, r -> map_from_arrays(array({arn}, {account}, {kind}), array({values})))"
            ),
        };
        self.json(&found)
    }

    /// The members that count, as an object; their order is made the same, so that the same members are the same text.
    fn kept(&self, members: &str, is_kept: &str, member: &str) -> String {
        match self.dialect {
            Dialect::DuckDb => format!(
                "'{{' || array_to_string(list_transform(list_sort(list_filter(map_keys({members}), lambda {KEY} : {is_kept})), lambda {KEY} : {member}), ',') || '}}'"
            ),
            _ => format!(
                "'{{' || array_join(transform(array_sort(filter(map_keys({members}), {KEY} -> {is_kept})), {KEY} -> {member}), ',') || '}}'"
            ),
        }
    }
}
