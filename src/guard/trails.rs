//! The trails of the sessions: what each sent out last, in pieces, and the end of what came in last. They live as long
//! as the guard, and in this process only; a guard beside this one, on the same store, has its own.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::base::SessionId;
use crate::layers::l03_outbound_dlp::{Piece, Trail};
use crate::pipeline::Seam;

/// Sessions whose trail is kept; of more, the ones that came first are forgotten.
const SESSIONS: usize = 10_000;

#[derive(Debug, Default)]
pub(super) struct Trails {
    trails: HashMap<SessionId, (Arc<Trail>, Seam)>,
    order: VecDeque<SessionId>,
}

impl Trails {
    pub(super) fn of(&self, session: &SessionId) -> Arc<Trail> {
        self.trails.get(session).map(|(trail, _)| Arc::clone(trail)).unwrap_or_default()
    }

    pub(super) fn seam(&self, session: &SessionId) -> Seam {
        self.trails.get(session).map(|(_, seam)| seam.clone()).unwrap_or_default()
    }

    pub(super) fn push(&mut self, session: &SessionId, piece: Piece) {
        Arc::make_mut(&mut self.entry(session).0).push(piece);
    }

    /// A text came in that ends like this.
    pub(super) fn came(&mut self, session: &SessionId, edge: &str) {
        self.entry(session).1.push(edge);
    }

    fn entry(&mut self, session: &SessionId) -> &mut (Arc<Trail>, Seam) {
        if !self.trails.contains_key(session) {
            if self.order.len() >= SESSIONS
                && let Some(oldest) = self.order.pop_front()
            {
                self.trails.remove(&oldest);
            }
            self.order.push_back(session.clone());
        }
        self.trails.entry(session.clone()).or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sessions_that_are_remembered_are_bounded() {
        let mut trails = Trails::default();
        for at in 0..=SESSIONS {
            trails.push(&SessionId::new(&format!("s{at}")).unwrap(), Piece::of("d=ab1"));
        }
        assert_eq!(trails.trails.len(), SESSIONS);
    }
}
