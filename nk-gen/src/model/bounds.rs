//! The largest messages of methods, interfaces and classes. Source: `docs/wire.md` §6.
use crate::model::{Component, ComponentId, Interface, Layout, Message, Method, Model};

/// What the largest request, response and error of something need. A response and an error share one arena.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bounds {
    /// Largest constant part of a request.
    pub request_size: u64,
    /// Largest constant part of a response or error.
    pub response_size: u64,
    /// Largest arena of a request by the vendor's rule.
    pub request_arena: u64,
    /// Largest arena of a response or error by the vendor's rule.
    pub response_arena: u64,
    /// Largest arena of a request with alignment between chunks.
    pub request_arena_padded: u64,
    /// Largest arena of a response or error with alignment between chunks.
    pub response_arena_padded: u64,
    /// Most handles of a request.
    pub request_handles: u8,
    /// Most handles of a response.
    pub response_handles: u8,
    /// Most handles of an error.
    pub error_handles: u8,
}

impl Bounds {
    /// What something needs that can be any of the two.
    #[must_use]
    pub fn either(self, other: Self) -> Self {
        Self {
            request_size: self.request_size.max(other.request_size),
            response_size: self.response_size.max(other.response_size),
            request_arena: self.request_arena.max(other.request_arena),
            response_arena: self.response_arena.max(other.response_arena),
            request_arena_padded: self.request_arena_padded.max(other.request_arena_padded),
            response_arena_padded: self.response_arena_padded.max(other.response_arena_padded),
            request_handles: self.request_handles.max(other.request_handles),
            response_handles: self.response_handles.max(other.response_handles),
            error_handles: self.error_handles.max(other.error_handles),
        }
    }
}

/// The bounds of one method; `None` when a message has no layout.
#[must_use]
pub fn of_method(method: &Method) -> Option<Bounds> {
    let layout = |message: &Message| -> Option<Layout> { message.layout };
    let (request, response, error) = (
        layout(&method.request)?,
        layout(&method.response)?,
        layout(&method.error)?,
    );
    Some(Bounds {
        request_size: request.size,
        response_size: response.size.max(error.size),
        request_arena: request.arena,
        response_arena: response.arena.max(error.arena),
        request_arena_padded: request.arena_padded,
        response_arena_padded: response.arena_padded.max(error.arena_padded),
        request_handles: method.request.handles,
        response_handles: method.response.handles,
        error_handles: method.error.handles,
    })
}

/// The largest bounds of an interface's methods; all zero without methods.
#[must_use]
pub fn of_interface(interface: &Interface) -> Option<Bounds> {
    interface
        .methods
        .iter()
        .try_fold(Bounds::default(), |most, method| {
            Some(most.either(of_method(method)?))
        })
}

impl Model {
    /// The largest bounds of a component's endpoints, those of embedded components included; all zero without endpoints.
    #[must_use]
    pub fn bounds(&self, id: ComponentId) -> Option<Bounds> {
        let component: &Component = self.component(id);
        component
            .flattened
            .as_ref()?
            .iter()
            .try_fold(Bounds::default(), |most, endpoint| {
                let package = self.package(endpoint.interface.known()?);
                Some(most.either(of_interface(package.interface.as_ref()?)?))
            })
    }
}
