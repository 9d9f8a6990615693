//! Where a text came from, as the host says.

use std::borrow::Cow;
use std::fmt;

use super::{Integrity, Label, Readers, Sensitivity};

/// What kind of place a text came from. The constants are the kinds that the presets know; a host can name
/// its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceKind(Cow<'static, str>);

impl SourceKind {
    /// The user of this session, typing.
    pub const USER: Self = Self(Cow::Borrowed("user_input"));
    /// A page of the web.
    pub const WEB: Self = Self(Cow::Borrowed("web_content"));
    /// A document, a chunk of a retrieval index.
    pub const DOCUMENT: Self = Self(Cow::Borrowed("rag_content"));
    /// A mail.
    pub const EMAIL: Self = Self(Cow::Borrowed("email_content"));
    /// A calendar entry.
    pub const CALENDAR: Self = Self(Cow::Borrowed("calendar_content"));
    /// What a tool returned.
    pub const TOOL: Self = Self(Cow::Borrowed("tool_output"));
    /// What an MCP server said about itself: definitions, instructions.
    pub const MCP_SERVER: Self = Self(Cow::Borrowed("mcp_server"));
    /// What an MCP client sent to the server that the host is.
    pub const MCP_CLIENT: Self = Self(Cow::Borrowed("mcp_client"));
    /// What the model said to the user.
    pub const ASSISTANT: Self = Self(Cow::Borrowed("assistant_response"));
    /// Commands and files that the user gave on the command line.
    pub const CLI: Self = Self(Cow::Borrowed("cli"));
    /// A mail that the user had indexed.
    pub const INDEXED_EMAIL: Self = Self(Cow::Borrowed("user_indexed_email"));
    /// A page of the web that the user had indexed.
    pub const INDEXED_WEB: Self = Self(Cow::Borrowed("user_indexed_web"));
    /// What was written up from several pages of the web.
    pub const SYNTHESIS: Self = Self(Cow::Borrowed("web_synthesis"));
    /// The host's own material.
    pub const INTERNAL: Self = Self(Cow::Borrowed("internal"));

    /// A kind of the host's own.
    pub fn custom(name: impl Into<String>) -> Self {
        Self(Cow::Owned(name.into()))
    }

    /// The kind by name; short forms as in `pipe` (`web`, `email`, `document`, `calendar`, `tool`, `user`) mean
    /// the constants.
    pub fn named(name: &str) -> Self {
        match name {
            "user" | "user_input" => Self::USER,
            "web" | "web_content" => Self::WEB,
            "document" | "rag" | "rag_content" => Self::DOCUMENT,
            "email" | "mail" | "email_content" => Self::EMAIL,
            "calendar" | "calendar_content" => Self::CALENDAR,
            "tool" | "tool_output" => Self::TOOL,
            "mcp_server" => Self::MCP_SERVER,
            "mcp_client" => Self::MCP_CLIENT,
            "assistant" | "assistant_response" => Self::ASSISTANT,
            "cli" => Self::CLI,
            "user_indexed_email" => Self::INDEXED_EMAIL,
            "user_indexed_web" => Self::INDEXED_WEB,
            "web_synthesis" => Self::SYNTHESIS,
            "internal" => Self::INTERNAL,
            other => Self::custom(other),
        }
    }

    /// The kind's name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a text came from: a kind, the host's name for the very thing, and its label. Untrusted and public
/// unless the host says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Source {
    kind: SourceKind,
    id: String,
    label: Label,
    readers: Option<Readers>,
}

impl Source {
    /// An untrusted, public source.
    pub fn new(kind: SourceKind, id: impl Into<String>) -> Self {
        Self {
            kind,
            id: id.into(),
            label: Label::new(Integrity::Untrusted, Sensitivity::Public),
            readers: None,
        }
    }

    /// A page of the web.
    pub fn web(id: impl Into<String>) -> Self {
        Self::new(SourceKind::WEB, id)
    }

    /// A document.
    pub fn document(id: impl Into<String>) -> Self {
        Self::new(SourceKind::DOCUMENT, id)
    }

    /// A mail.
    pub fn email(id: impl Into<String>) -> Self {
        Self::new(SourceKind::EMAIL, id)
    }

    /// What a tool returned.
    pub fn tool(name: impl Into<String>) -> Self {
        Self::new(SourceKind::TOOL, name)
    }

    /// A calendar entry.
    pub fn calendar(id: impl Into<String>) -> Self {
        Self::new(SourceKind::CALENDAR, id)
    }

    /// What an MCP server sent to the client that the host is.
    pub fn mcp_server(id: impl Into<String>) -> Self {
        Self::new(SourceKind::MCP_SERVER, id)
    }

    /// What an MCP client sent to the server that the host is.
    pub fn mcp_client(id: impl Into<String>) -> Self {
        Self::new(SourceKind::MCP_CLIENT, id)
    }

    /// The host's own sensitive material: trusted, and not to leave.
    pub fn internal_sensitive(id: impl Into<String>) -> Self {
        Self::new(SourceKind::INTERNAL, id).integrity(Integrity::Trusted).sensitivity(Sensitivity::Sensitive)
    }

    /// The same, believed this far.
    #[must_use]
    pub fn integrity(mut self, integrity: Integrity) -> Self {
        self.label = Label::new(integrity, self.label.sensitivity());
        self
    }

    /// The same, travelling this far.
    #[must_use]
    pub fn sensitivity(mut self, sensitivity: Sensitivity) -> Self {
        self.label = Label::new(self.label.integrity(), sensitivity);
        self
    }

    /// The same, to be read by these.
    #[must_use]
    pub fn readers(mut self, readers: Readers) -> Self {
        self.readers = Some(readers);
        self
    }

    /// Who the host says may read it; `None` where it says nothing.
    pub const fn said_readers(&self) -> Option<&Readers> {
        self.readers.as_ref()
    }

    /// Who is known to be allowed to read it. Where nobody said: of a page of the web and of the user's own words
    /// everyone, of anything else nobody.
    pub fn read_by(&self) -> Readers {
        let open = [SourceKind::USER, SourceKind::CLI, SourceKind::WEB].contains(&self.kind);
        let usual = || if open { Readers::everyone() } else { Readers::unknown() };
        self.readers.clone().unwrap_or_else(usual)
    }

    /// What kind of place.
    pub fn kind(&self) -> &SourceKind {
        &self.kind
    }

    /// The host's name for it; may be empty.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Integrity and sensitivity.
    pub const fn label(&self) -> Label {
        self.label
    }
}
