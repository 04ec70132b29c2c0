//! Stable ids: the kind of a thing and its name. Moving a declaration does not change them, renaming it does.
//!
//! | id | of |
//! |---|---|
//! | `package:a.B` | a package |
//! | `const:a.B#Name`, `type:a.B#Name` | a constant, a declared type |
//! | `field:a.B#Type.name` | a field or variant |
//! | `method:a.B#Name` | a method |
//! | `message:a.B#Method.request` | a direction: `request`, `response`, `error` |
//! | `param:a.B#Method.name` | a parameter, whose name is unique in its method |
//! | `component:a.B`, `class:a.B` | a component, a process class |
//! | `own:a.B#ep`, `instance:a.B#inst` | an endpoint as declared, an embedded component |
//! | `endpoint:a.B#inst.ep` | a row of the flattened endpoint list |
//! | `external:a.B` | a name that was found nowhere (`--external`) |
use crate::model::{Component, ComponentKind};
use serde::Serialize;

/// An id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub(super) struct Id(String);

impl Id {
    pub(super) fn package(name: &str) -> Self {
        Self(format!("package:{name}"))
    }
    pub(super) fn constant(package: &str, name: &str) -> Self {
        Self(format!("const:{package}#{name}"))
    }
    pub(super) fn declared_type(package: &str, name: &str) -> Self {
        Self(format!("type:{package}#{name}"))
    }
    pub(super) fn field(package: &str, declared: &str, name: &str) -> Self {
        Self(format!("field:{package}#{declared}.{name}"))
    }
    pub(super) fn method(package: &str, name: &str) -> Self {
        Self(format!("method:{package}#{name}"))
    }
    pub(super) fn message(package: &str, method: &str, direction: &str) -> Self {
        Self(format!("message:{package}#{method}.{direction}"))
    }
    pub(super) fn param(package: &str, method: &str, name: &str) -> Self {
        Self(format!("param:{package}#{method}.{name}"))
    }
    pub(super) fn component(component: &Component) -> Self {
        match component.kind {
            ComponentKind::Component => Self(format!("component:{}", component.name)),
            ComponentKind::ProcessClass => Self(format!("class:{}", component.name)),
        }
    }
    pub(super) fn own_endpoint(component: &str, name: &str) -> Self {
        Self(format!("own:{component}#{name}"))
    }
    pub(super) fn endpoint(component: &str, path: &str) -> Self {
        Self(format!("endpoint:{component}#{path}"))
    }
    pub(super) fn instance(component: &str, name: &str) -> Self {
        Self(format!("instance:{component}#{name}"))
    }
    pub(super) fn external(name: &str) -> Self {
        Self(format!("external:{name}"))
    }
}
