//! Policies above each other: organisation, project, host.
//!
//! **Attack.** Whoever may change the project's policy, or the one on a machine, lets through what the organisation
//! forbids.
//!
//! **Promise.** Each tier is a policy of its own, judged by itself, and the strictest answer counts; of settings the
//! strictest value, of limits all. So a tier can only narrow what stands above it. What it says to widen has no effect,
//! and is told when it is read.

use std::sync::Arc;

#[cfg(feature = "yaml")]
use crate::base::sha256;

use super::{Decision, Effect, Policy, Request, Tier, decide};

#[cfg(feature = "yaml")]
pub(super) mod join;

impl Policy {
    /// The answers of all tiers, joined to the strictest.
    pub(super) fn decide_by_tiers(&self, request: &Request<'_>) -> Decision {
        let mut joined: Option<Decision> = None;
        for (at, tier) in self.0.tiers.iter().enumerate() {
            let mut decision = self.seen_by(at, request, |request| tier.rules.decide(request));
            decision.tier = self.tier_name(at);
            let decision = match joined {
                None => decision,
                Some(above) => above.stricter(decision),
            };
            // Nothing below can make it stricter.
            if decision.effect() == Effect::Deny {
                return decision;
            }
            joined = Some(decision);
        }
        joined.unwrap_or_else(Decision::of_nobody)
    }

    /// What a tier is called where there are several.
    pub(super) fn tier_name(&self, at: usize) -> Option<Arc<str>> {
        let tier = self.0.tiers.get(at).filter(|_| self.0.tiers.len() > 1)?;
        let name = tier.doc.name.as_deref();
        Some(name.map_or_else(|| format!("tier {}", at.saturating_add(1)).into(), Arc::from))
    }

    /// `ask` of a call as this tier sees it: with what it and the tiers above say of the tool, and with the values that
    /// they endorse.
    pub(super) fn seen_by<T>(
        &self,
        at: usize,
        request: &Request<'_>,
        ask: impl FnOnce(&Request<'_>) -> T,
    ) -> T {
        let Some(below) = self.0.tiers.get(1..=at).filter(|below| !below.is_empty()) else {
            return ask(request);
        };
        let server = request.server.map(crate::base::ServerId::as_str);
        let stated = |tier: &Arc<Tier>| tier.tools.capabilities(request.tool, server);
        let above = self.0.tiers.iter().take(at.saturating_add(1)).filter_map(stated);
        let mut seen = *request;
        if let Some(stated) = above.reduce(super::CapabilitySet::union) {
            // What a call does not make use of (`spent`) was taken out of what the tool can do.
            seen = seen.capabilities(request.capabilities.intersection(stated)).described(true);
        }
        if below.iter().all(|tier| tier.endorsements.is_empty()) {
            return ask(&seen);
        }
        let mut leaves = request.leaves.to_vec();
        for tier in below {
            decide::endorse(&tier.endorsements, &seen, &mut leaves);
        }
        ask(&seen.leaves(&leaves))
    }

    /// A policy of one tier.
    pub(super) fn alone(tier: Tier) -> Self {
        let (settings, digest) = (tier.settings.clone(), tier.digest);
        Self(Arc::new(super::Inner { settings, digest, tiers: vec![Arc::new(tier)] }))
    }

    /// How many policies stand above each other in it.
    pub fn tiers(&self) -> usize {
        self.0.tiers.len()
    }

    /// Reads a policy that stands below this one: a project's below the organisation's, a host's below the project's.
    /// What comes of it is both: of decisions and of settings the strictest counts, of limits all.
    ///
    /// What the text leaves out is as this policy has it, unless it names a `preset`. Where none of its rules allows
    /// anything, it only forbids and asks; otherwise it allows no more than its own rules do. What it says of tools
    /// counts for its own rules and those below it, and besides only raises what a tool is taken for; its endorsements
    /// count for its own rules and those below it. The warnings tell what it says to widen, in vain.
    ///
    /// # Errors
    /// As [`Policy::import`].
    #[cfg(feature = "yaml")]
    pub fn narrow(
        &self,
        text: &str,
        find: &dyn Fn(&str) -> Option<String>,
    ) -> Result<super::Loaded, super::PolicyError> {
        let (tier, language, mut warnings, root) = Self::read(text, Some(find), Some(&self.0.settings))?;
        let settings = join::settings(&self.0.settings, &tier.settings);
        let mut tiers = self.0.tiers.clone();
        tiers.push(Arc::new(tier));
        let digests: Vec<&[u8]> = tiers.iter().map(|tier| tier.digest.as_bytes().as_slice()).collect();
        let digest = sha256(&[b"bartizan policy of tiers".as_slice(), &digests.concat()]);
        let policy = Self(Arc::new(super::Inner { settings, digest, tiers }));
        warnings.extend(join::in_vain(self, &policy, &root));
        Ok(super::Loaded { policy, language, warnings: super::error::told(warnings, text).0 })
    }
}
