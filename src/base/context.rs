//! On whose behalf a verb is called.

use std::collections::BTreeSet;

use super::{Integrity, PrincipalId, RequestId, SessionId};

/// Which side of a protocol the host is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Mode {
    /// The host drives an agent that calls tools. The default.
    #[default]
    Client,
    /// The host offers tools and answers calls.
    Server,
}

/// On whose behalf a verb is called: session, principal, roles, scopes, environment. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityContext {
    session: SessionId,
    principal: Option<PrincipalId>,
    request: Option<RequestId>,
    roles: BTreeSet<String>,
    environment: Option<String>,
    mode: Mode,
    trust: Integrity,
    scopes: Option<BTreeSet<String>>,
}

impl SecurityContext {
    /// A context of this session: no principal, no roles, client mode, an untrusted principal.
    pub fn new(session: SessionId) -> Self {
        Self {
            session,
            principal: None,
            request: None,
            roles: BTreeSet::new(),
            environment: None,
            mode: Mode::Client,
            trust: Integrity::Untrusted,
            scopes: None,
        }
    }

    /// The same, for this principal.
    #[must_use]
    pub fn principal(mut self, principal: PrincipalId) -> Self {
        self.principal = Some(principal);
        self
    }

    /// The same, for this request of the host's.
    #[must_use]
    pub fn request(mut self, request: RequestId) -> Self {
        self.request = Some(request);
        self
    }

    /// The same, with this role besides.
    #[must_use]
    pub fn role(mut self, role: impl Into<String>) -> Self {
        self.roles.insert(role.into());
        self
    }

    /// The same, in this environment (`dev`, `staging`, `prod`, …).
    #[must_use]
    pub fn environment(mut self, environment: impl Into<String>) -> Self {
        self.environment = Some(environment.into());
        self
    }

    /// The same, on this side of the protocol.
    #[must_use]
    pub fn mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }

    /// The same, with a principal who is trusted this far.
    #[must_use]
    pub fn trust(mut self, trust: Integrity) -> Self {
        self.trust = trust;
        self
    }

    /// The same, with this scope besides among those that were granted to the principal.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scopes.get_or_insert_default().insert(scope.into());
        self
    }

    /// The session.
    pub const fn session_id(&self) -> &SessionId {
        &self.session
    }

    /// The principal, when the host named one.
    pub const fn principal_id(&self) -> Option<&PrincipalId> {
        self.principal.as_ref()
    }

    /// The host's request, when it named one.
    pub const fn request_id(&self) -> Option<&RequestId> {
        self.request.as_ref()
    }

    /// The principal's roles.
    pub const fn roles(&self) -> &BTreeSet<String> {
        &self.roles
    }

    /// The environment, when the host named one.
    pub fn environment_name(&self) -> Option<&str> {
        self.environment.as_deref()
    }

    /// Which side of the protocol the host is on.
    pub const fn side(&self) -> Mode {
        self.mode
    }

    /// The scopes that were granted to the principal; `None` where the host said nothing of scopes.
    pub const fn granted_scopes(&self) -> Option<&BTreeSet<String>> {
        self.scopes.as_ref()
    }

    /// How far the principal is trusted.
    pub const fn principal_trust(&self) -> Integrity {
        self.trust
    }
}
