//! The generated tables against the model that they come from.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
use nk_core::nk::kl::core::core::{Class, ENDPOINTS};
use nk_core::server::code_at;
use nk_gen::{Options, analyze};
use nk_runtime::shape::ClassType;

#[test]
fn the_code_of_every_response_is_found_where_the_layout_has_it() {
    let analysis = analyze(&[], &[Class::NAME.to_owned()], &Options::default());
    let model = &analysis.model;
    let core = model.component(model.component_named(Class::NAME).unwrap());
    assert_eq!(core.digest, Some(Class::DIGEST));
    let flattened = core.flattened.as_ref().unwrap();
    assert_eq!(flattened.len(), ENDPOINTS.len());
    for (endpoint, ours) in flattened.iter().zip(ENDPOINTS) {
        let interface = model
            .package(endpoint.interface.known().unwrap())
            .interface
            .as_ref()
            .unwrap();
        for (method, ours) in interface.methods.iter().zip(ours.interface.methods) {
            let rc = method
                .response
                .params
                .iter()
                .find(|param| param.name == "rc")
                .unwrap();
            assert_eq!(
                code_at(&ours.res),
                rc.offset as usize,
                "{} {}",
                endpoint.name,
                method.name
            );
        }
    }
}
